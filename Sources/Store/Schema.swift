import GRDB

/// The database's tables, by migrations: each is applied once and never edited after a release.
enum Schema {
    static var migrator: DatabaseMigrator {
        var m = DatabaseMigrator()
        m.registerMigration("1 main path") { db in
            try db.execute(
                sql: """
                    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
                    CREATE TABLE partitions (
                        topic TEXT NOT NULL, partition INTEGER NOT NULL,
                        first INTEGER NOT NULL, next INTEGER NOT NULL,
                        accepted INTEGER NOT NULL, late INTEGER NOT NULL, duplicate INTEGER NOT NULL,
                        gap INTEGER NOT NULL, max_event_time INTEGER NOT NULL, frames TEXT NOT NULL,
                        generation INTEGER NOT NULL,
                        PRIMARY KEY (topic, partition)) WITHOUT ROWID;
                    CREATE TABLE dead_letters (
                        topic TEXT NOT NULL, partition INTEGER NOT NULL, reason TEXT NOT NULL, n INTEGER NOT NULL,
                        PRIMARY KEY (topic, partition, reason)) WITHOUT ROWID;
                    CREATE TABLE event_ids (
                        seq INTEGER PRIMARY KEY, topic TEXT NOT NULL, partition INTEGER NOT NULL,
                        generation INTEGER NOT NULL, ids BLOB NOT NULL);
                    CREATE INDEX event_ids_of ON event_ids (topic, partition, generation);
                    -- Partials: what one partition contributed to one street and input of one pane (scope '') or to
                    -- one window alone (scope: its name).
                    CREATE TABLE cells (
                        theme TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL, start INTEGER NOT NULL,
                        scope TEXT NOT NULL, place INTEGER NOT NULL, input TEXT NOT NULL, bytes BLOB NOT NULL,
                        PRIMARY KEY (theme, topic, partition, start, scope, place, input)) WITHOUT ROWID;
                    CREATE TABLE themes (
                        theme TEXT PRIMARY KEY, version INTEGER NOT NULL, clock INTEGER NOT NULL,
                        retired INTEGER NOT NULL, completed TEXT NOT NULL) WITHOUT ROWID;
                    CREATE TABLE summaries (
                        theme TEXT NOT NULL, measure TEXT NOT NULL, win TEXT NOT NULL, place INTEGER NOT NULL,
                        start INTEGER NOT NULL, finish INTEGER NOT NULL, level TEXT NOT NULL, status TEXT NOT NULL,
                        revision INTEGER NOT NULL, unit TEXT NOT NULL, value REAL, aggregates TEXT NOT NULL,
                        severity TEXT NOT NULL, count INTEGER NOT NULL, expected INTEGER NOT NULL,
                        reporting INTEGER NOT NULL, late INTEGER NOT NULL, digest TEXT NOT NULL,
                        -- In time: what one commit writes lies together, and the newest window is found by one look-up.
                        PRIMARY KEY (theme, win, start, place, measure)) WITHOUT ROWID;
                    -- The history of one place.
                    CREATE INDEX summaries_of_place ON summaries (theme, win, place, start);
                    -- What must still be produced to Kafka; a row goes when its delivery is confirmed.
                    CREATE TABLE outbox (
                        id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, key BLOB, value BLOB,
                        headers BLOB NOT NULL);
                    """)
        }
        m.registerMigration("2 sensors") { db in
            try db.execute(
                sql: """
                    -- What each sensor's next reading is judged by.
                    CREATE TABLE sensors (
                        topic TEXT NOT NULL, partition INTEGER NOT NULL, sensor TEXT NOT NULL, kind TEXT NOT NULL,
                        time INTEGER NOT NULL, value INTEGER NOT NULL, same_since INTEGER NOT NULL,
                        sound_time INTEGER NOT NULL, sound_value INTEGER NOT NULL,
                        PRIMARY KEY (topic, partition, sensor, kind)) WITHOUT ROWID;
                    ALTER TABLE summaries ADD COLUMN quality REAL;
                    ALTER TABLE summaries ADD COLUMN flagged INTEGER;
                    ALTER TABLE summaries ADD COLUMN findings TEXT;
                    """)
        }
        m.registerMigration("3 sessions") { db in
            try db.execute(
                sql: """
                    -- What one partition contributed to one session of a street. Apart from the cells: these are found
                    -- by no time of their own, and go when nothing can reach them any more.
                    CREATE TABLE sessions (
                        theme TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL, win TEXT NOT NULL,
                        input TEXT NOT NULL, place INTEGER NOT NULL, start INTEGER NOT NULL, finish INTEGER NOT NULL,
                        bytes BLOB NOT NULL,
                        PRIMARY KEY (theme, topic, partition, win, input, place, start)) WITHOUT ROWID;
                    """)
        }
        m.registerMigration("4 evidence") { db in
            try db.execute(
                sql: """
                    ALTER TABLE summaries ADD COLUMN certainty TEXT;
                    ALTER TABLE summaries ADD COLUMN evidence TEXT;
                    """)
        }
        m.registerMigration("5 sensor memory") { db in
            // What derived kinds need of a sensor's history: bytes of `SensorMemory`.
            try db.execute(sql: "ALTER TABLE sensors ADD COLUMN memory BLOB")
        }
        m.registerMigration("6 edges") { db in
            try db.execute(
                sql: """
                    -- Of an edge: cells whose newest state no message to the centre tells yet; sessions with their state.
                    CREATE TABLE unsent (
                        theme TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL, start INTEGER NOT NULL,
                        scope TEXT NOT NULL, place INTEGER NOT NULL, input TEXT NOT NULL,
                        PRIMARY KEY (theme, topic, partition, start, scope, place, input)) WITHOUT ROWID;
                    CREATE TABLE unsent_sessions (
                        theme TEXT NOT NULL, topic TEXT NOT NULL, partition INTEGER NOT NULL, win TEXT NOT NULL,
                        input TEXT NOT NULL, place INTEGER NOT NULL, start INTEGER NOT NULL, finish INTEGER NOT NULL,
                        bytes BLOB NOT NULL,
                        PRIMARY KEY (theme, topic, partition, win, input, place, start)) WITHOUT ROWID;
                    CREATE TABLE outbox_centre (
                        id INTEGER PRIMARY KEY AUTOINCREMENT, topic TEXT NOT NULL, key BLOB, value BLOB,
                        headers BLOB NOT NULL);
                    -- Of a centre: partitions that edges count, and by which partition of the partials topic they come.
                    CREATE TABLE edges (
                        topic TEXT NOT NULL, partition INTEGER NOT NULL, carrier TEXT NOT NULL,
                        carrier_partition INTEGER NOT NULL, log TEXT NOT NULL,
                        PRIMARY KEY (topic, partition)) WITHOUT ROWID;
                    """)
        }
        m.registerMigration("7 incidents") { db in
            try db.execute(
                sql: """
                    -- What incident detection remembers of each station and camera.
                    CREATE TABLE detectors (
                        topic TEXT NOT NULL, partition INTEGER NOT NULL, device TEXT NOT NULL, bytes BLOB NOT NULL,
                        PRIMARY KEY (topic, partition, device)) WITHOUT ROWID;
                    -- Incidents as one detector saw them at one station or camera; `ended` is null while they last.
                    CREATE TABLE incidents (
                        topic TEXT NOT NULL, partition INTEGER NOT NULL, device TEXT NOT NULL, source TEXT NOT NULL,
                        told INTEGER NOT NULL, finding TEXT NOT NULL, place INTEGER NOT NULL, since INTEGER NOT NULL,
                        last INTEGER NOT NULL, ended INTEGER, occupancy INTEGER, speed INTEGER, vehicles INTEGER,
                        upstream INTEGER, usual INTEGER, queue INTEGER,
                        PRIMARY KEY (topic, partition, device, source, told, finding)) WITHOUT ROWID;
                    CREATE INDEX incidents_in_time ON incidents (told);
                    """)
        }
        m.registerMigration("8 outlook") { db in
            try db.execute(
                sql: """
                    -- What a measure has learned of all its places, as of one window; written every few hours.
                    CREATE TABLE outlooks (
                        theme TEXT NOT NULL, measure TEXT NOT NULL, identity TEXT NOT NULL, places BLOB NOT NULL,
                        start INTEGER NOT NULL, bytes BLOB NOT NULL, PRIMARY KEY (theme, measure));
                    -- What it took in since: 8 bytes a place.
                    CREATE TABLE outlook_steps (
                        theme TEXT NOT NULL, measure TEXT NOT NULL, start INTEGER NOT NULL, readings BLOB NOT NULL,
                        PRIMARY KEY (theme, measure, start)) WITHOUT ROWID;
                    """)
        }
        m.registerMigration("alerts") { db in
            try db.execute(
                sql: """
                    -- Each alert as it last was, and every step of its life; kept for good.
                    CREATE TABLE alerts (
                        id TEXT PRIMARY KEY, theme TEXT NOT NULL, rule TEXT NOT NULL, place INTEGER NOT NULL,
                        state TEXT NOT NULL, worst INTEGER NOT NULL, since INTEGER NOT NULL, body TEXT NOT NULL)
                        WITHOUT ROWID;
                    CREATE INDEX alerts_by_state ON alerts (state, since);
                    CREATE INDEX alerts_by_time ON alerts (since);
                    CREATE TABLE alert_transitions (
                        alert TEXT NOT NULL, revision INTEGER NOT NULL, theme TEXT NOT NULL, place INTEGER NOT NULL,
                        at INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (alert, revision)) WITHOUT ROWID;
                    CREATE INDEX alert_transitions_by_time ON alert_transitions (at);
                    CREATE TABLE alert_silences (id TEXT PRIMARY KEY, ends INTEGER NOT NULL, body TEXT NOT NULL)
                        WITHOUT ROWID;
                    -- What people were told, for those who were away; the newest `noticesKept`.
                    CREATE TABLE alert_notices (sequence INTEGER PRIMARY KEY, body TEXT NOT NULL);
                    -- What the next window is judged by; what belongs to no key is in meta.
                    CREATE TABLE alert_records (
                        theme TEXT NOT NULL, rule TEXT NOT NULL, place TEXT NOT NULL, body TEXT NOT NULL,
                        PRIMARY KEY (theme, rule, place)) WITHOUT ROWID;
                    """)
        }
        return m
    }
}
