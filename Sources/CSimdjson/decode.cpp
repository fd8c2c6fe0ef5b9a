// Decodes batches of JSON records with simdjson's on-demand parser, one document a record, so that a poison record
// harms only itself. No allocation per record in steady state.
#include "CSimdjson.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <deque>
#include <simdjson.h>
#include <string>
#include <string_view>
#include <vector>

using namespace simdjson;
using std::string_view;

struct kapok_decoder {
    ondemand::parser parser;
    std::vector<kapok_object> objects;
    // The record has a string whose escapes are no JSON.
    bool broken = false;
    // Unescaped texts of this batch: the parser's own store is overwritten by the next record.
    std::deque<std::string> unescaped;
    // Whether the record has a backslash at all: nearly none has, and then no text is searched for one.
    bool escapes = true;
    // Calendar arithmetic is done once a day of event time.
    char day_text[10] = {'1', '9', '7', '0', '-', '0', '1', '-', '0', '1'};
    int64_t day_ms = 0;
};

extern "C" kapok_decoder *kapok_decoder_new(void) { return new kapok_decoder(); }
extern "C" void kapok_decoder_free(kapok_decoder *d) { delete d; }

static inline uint64_t mix(uint64_t a, uint64_t b) {
    __uint128_t r = (__uint128_t)a * b;
    return (uint64_t)r ^ (uint64_t)(r >> 64);
}

// In the manner of wyhash: 16 bytes a step, folded 128-bit products.
extern "C" uint64_t kapok_hash(const uint8_t *p, size_t n) {
    const uint64_t s0 = 0xa0761d6478bd642full, s1 = 0xe7037ed1a0b428dbull, s2 = 0x8ebc6af09c88c6e3ull;
    uint64_t h = s0 ^ n, a, b;
    size_t left = n;
    while (left > 16) {
        memcpy(&a, p, 8);
        memcpy(&b, p + 8, 8);
        h = mix(a ^ s1, b ^ h);
        p += 16;
        left -= 16;
    }
    a = b = 0;
    if (left >= 8) {
        memcpy(&a, p, 8);
        memcpy(&b, p + left - 8, 8);
    } else if (left >= 4) {
        uint32_t x, y;
        memcpy(&x, p, 4);
        memcpy(&y, p + left - 4, 4);
        a = x;
        b = y;
    } else if (left > 0) {
        a = ((uint64_t)p[0] << 16) | ((uint64_t)p[left >> 1] << 8) | p[left - 1];
    }
    h = mix(s2 ^ n, mix(a ^ s1, b ^ h));
    return h ? h : 1;
}

static inline bool digits(const char *p, int n, int64_t &out) {
    int64_t v = 0;
    for (int i = 0; i < n; i++) {
        unsigned c = (unsigned char)p[i] - '0';
        if (c > 9) return false;
        v = v * 10 + c;
    }
    out = v;
    return true;
}

static int64_t days_from_civil(int64_t y, int64_t m, int64_t d) {
    y -= m <= 2;
    int64_t era = (y >= 0 ? y : y - 399) / 400;
    int64_t yoe = y - era * 400;
    int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;
    int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    return era * 146097 + doe - 719468;
}

static bool days_fit(int64_t y, int64_t m, int64_t d) {
    static const int len[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    if (m < 1 || m > 12 || d < 1) return false;
    bool leap = (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
    return d <= len[m - 1] + (m == 2 && leap);
}

static bool parse_time(kapok_decoder *k, string_view t, int64_t &out) {
    if (t.size() < 20 || t.size() > 40) return false;
    const char *p = t.data();
    if (memcmp(p, k->day_text, 10) != 0) {
        int64_t y, m, d;
        if (!digits(p, 4, y) || p[4] != '-' || !digits(p + 5, 2, m) || p[7] != '-' || !digits(p + 8, 2, d)) return false;
        if (!days_fit(y, m, d)) return false;
        k->day_ms = days_from_civil(y, m, d) * 86400000;
        memcpy(k->day_text, p, 10);
    }
    int64_t h, mi, s;
    if ((p[10] != 'T' && p[10] != 't' && p[10] != ' ') || !digits(p + 11, 2, h) || p[13] != ':' ||
        !digits(p + 14, 2, mi) || p[16] != ':' || !digits(p + 17, 2, s) || h > 23 || mi > 59 ||
        s > 60 || (s == 60 && mi != 59))
        return false;
    size_t i = 19;
    int64_t frac = 0;
    if (p[i] == '.') {
        int64_t scale = 100;
        size_t first = ++i;
        while (i < t.size() && p[i] >= '0' && p[i] <= '9') {
            frac += (p[i] - '0') * scale;
            scale /= 10;
            i++;
        }
        if (i == first) return false;
    }
    int64_t offset = 0;
    if (i >= t.size()) return false;
    if (p[i] == 'Z' || p[i] == 'z') {
        if (i + 1 != t.size()) return false;
    } else if (p[i] == '+' || p[i] == '-') {
        int64_t oh, om;
        if (i + 6 != t.size() || !digits(p + i + 1, 2, oh) || p[i + 3] != ':' || !digits(p + i + 4, 2, om) ||
            oh > 23 || om > 59)
            return false;
        offset = (oh * 60 + om) * 60000 * (p[i] == '-' ? -1 : 1);
    } else {
        return false;
    }
    out = k->day_ms + ((h * 60 + mi) * 60 + s) * 1000 + frac - offset;
    return true;
}

// A field's name as it stands in the record: compared in place, up to its closing quote.
struct Key {
    const char *raw;
    template <size_t N> bool operator==(const char (&name)[N]) const {
        return memcmp(raw, name, N - 1) == 0 && raw[N - 1] == '"';
    }
};

// The bytes between the quotes: in place where there is no escape, else unescaped into the decoder's store.
static inline bool text(kapok_decoder *k, ondemand::value v, string_view &out) {
    string_view raw = v.raw_json_token();
    if (raw.empty() || raw[0] != '"') return false;
    size_t end = raw.size();
    while (end > 1 && raw[end - 1] != '"') end--;
    out = raw.substr(1, end > 1 ? end - 2 : 0);
    if (k->escapes && memchr(out.data(), '\\', out.size())) {
        if (v.get_string().get(out) != SUCCESS) {
            k->broken = true;
            return false;
        }
        k->unescaped.emplace_back(out);
        out = k->unescaped.back();
    }
    return true;
}

static inline uint64_t hash(string_view s) { return kapok_hash((const uint8_t *)s.data(), s.size()); }

static inline bool fail(kapok_reading &r, uint8_t status, uint8_t field) {
    r.status = status;
    r.field = field;
    return false;
}

// Why a value gives no double: JSON of another type, a number beyond a double, or no JSON.
static uint8_t why_no_number(string_view raw) {
    size_t n = raw.find_last_not_of(" \t\r\n") + 1, i = 0;
    auto is_digit = [&] { return i < n && raw[i] >= '0' && raw[i] <= '9'; };
    auto run = [&] {
        size_t first = i;
        while (is_digit()) i++;
        return i > first;
    };
    if (n && memchr("\"{[tfn", raw[0], 6)) return KAPOK_WRONG_TYPE;
    if (i < n && raw[i] == '-') i++;
    bool zero = i < n && raw[i] == '0';
    if (zero) i++;
    else if (!run()) return KAPOK_MALFORMED;
    if (i < n && raw[i] == '.' && (i++, !run())) return KAPOK_MALFORMED;
    if (i < n && (raw[i] == 'e' || raw[i] == 'E')) {
        i++;
        if (i < n && (raw[i] == '+' || raw[i] == '-')) i++;
        if (!run()) return KAPOK_MALFORMED;
    }
    return i == n ? KAPOK_BAD_NUMBER : KAPOK_MALFORMED;
}

static inline bool read_time(kapok_decoder *k, ondemand::value v, kapok_reading &r) {
    string_view s;
    if (text(k, v, s)) {
        if (parse_time(k, s, r.time_ms)) return true;
        return fail(r, KAPOK_BAD_TIME, KAPOK_F_TIME);
    }
    int64_t ms;
    if (v.get_int64().get(ms) == SUCCESS && ms > -62135596800000ll && ms < 253402300800000ll) {
        r.time_ms = ms;
        return true;
    }
    return fail(r, KAPOK_BAD_TIME, KAPOK_F_TIME);
}

static inline bool read_sensor(kapok_decoder *k, ondemand::value v, kapok_reading &r) {
    string_view s;
    if (!text(k, v, s)) return fail(r, KAPOK_WRONG_TYPE, KAPOK_F_SENSOR);
    r.sensor = {(const uint8_t *)s.data(), (uint32_t)s.size()};
    r.sensor_hash = hash(s);
    return true;
}

static bool reading(kapok_decoder *k, const kapok_span &rec, kapok_reading &r) {
    k->escapes = rec.length && memchr(rec.data, '\\', rec.length);
    ondemand::document doc;
    if (k->parser.iterate((const char *)rec.data, rec.length, rec.length + SIMDJSON_PADDING).get(doc))
        return fail(r, KAPOK_MALFORMED, KAPOK_F_NONE);
    ondemand::object obj;
    if (doc.get_object().get(obj)) return fail(r, KAPOK_MALFORMED, KAPOK_F_NONE);
    bool has_value = false, has_time = false, has_kind = false;
    for (auto item : obj) {
        ondemand::field f;
        if (std::move(item).get(f)) return fail(r, KAPOK_MALFORMED, KAPOK_F_NONE);
        Key key{f.key().raw()};
        ondemand::value v = f.value();
        string_view s;
        // The first letter tells most names apart: one comparison a member instead of eight.
        switch (key.raw[0]) {
        case 't':
            if (!(key == "ts")) break;
            if (!read_time(k, v, r)) return false;
            has_time = true;
            break;
        case 'v':
            if (!(key == "value")) break;
            double d;
            if (v.get_double().get(d)) return fail(r, why_no_number(v.raw_json_token()), KAPOK_F_VALUE);
            if (!(std::fabs(d) <= 1e9)) return fail(r, KAPOK_BAD_NUMBER, KAPOK_F_VALUE);
            r.value = (int64_t)std::round(d * 1e6);
            has_value = true;
            break;
        case 's':
            if (key == "sensor") {
                if (!read_sensor(k, v, r)) return false;
            } else if (key == "street") {
                if (!text(k, v, s)) return fail(r, KAPOK_WRONG_TYPE, KAPOK_F_STREET);
                int64_t code;
                r.street = s.size() == 12 && digits(s.data(), 12, code) && code ? (uint64_t)code : UINT64_MAX;
            }
            break;
        case 'k':
            if (!(key == "kind")) break;
            if (!text(k, v, s)) return fail(r, KAPOK_WRONG_TYPE, KAPOK_F_KIND);
            r.kind_hash = hash(s);
            has_kind = true;
            break;
        case 'u':
            if (!(key == "unit")) break;
            if (!text(k, v, s)) return fail(r, KAPOK_WRONG_TYPE, KAPOK_F_UNIT);
            r.unit_hash = hash(s);
            break;
        case 'i':
            if (!(key == "id")) break;
            if (!text(k, v, s)) return fail(r, KAPOK_WRONG_TYPE, KAPOK_F_ID);
            r.id_hash = hash(s);
            break;
        case '_':
            if (key == "_ts" && v.get_int64().get(r.record_ms)) return fail(r, KAPOK_WRONG_TYPE, KAPOK_F_TIME);
            break;
        }
    }
    if (doc.current_location().error() != OUT_OF_BOUNDS) return fail(r, KAPOK_MALFORMED, KAPOK_F_NONE);
    if (!r.sensor_hash) return fail(r, KAPOK_MISSING, KAPOK_F_SENSOR);
    if (!has_kind) return fail(r, KAPOK_MISSING, KAPOK_F_KIND);
    if (!has_value) return fail(r, KAPOK_MISSING, KAPOK_F_VALUE);
    if (!has_time) return fail(r, KAPOK_MISSING, KAPOK_F_TIME);
    return true;
}

static inline void clear(kapok_reading &r) {
    memset(&r, 0, sizeof r);
    r.record_ms = INT64_MIN;
    r.time_ms = INT64_MIN;
}

extern "C" void kapok_decode_readings(kapok_decoder *k, const kapok_span *recs, size_t n, kapok_reading *out) {
    k->unescaped.clear();
    for (size_t i = 0; i < n; i++) {
        clear(out[i]);
        k->broken = false;
        bool read = reading(k, recs[i], out[i]);
        if (k->broken) fail(out[i], KAPOK_MALFORMED, KAPOK_F_NONE);
        else if (!read && out[i].status == KAPOK_OK) out[i].status = KAPOK_MALFORMED;
    }
}

// "trackingId|left|top|right|bottom|class|..." (DeepStream minimal schema).
static bool minimal_object(string_view s, kapok_object &o) {
    memset(&o, 0, sizeof o);
    size_t at[7], n = 0;
    for (size_t i = 0; i < s.size() && n < 6; i++)
        if (s[i] == '|') at[n++] = i;
    if (n < 5) return false;
    string_view id = s.substr(0, at[0]);
    string_view cls = s.substr(at[4] + 1, n > 5 ? at[5] - at[4] - 1 : string_view::npos);
    if (id.empty() || cls.empty()) return false;
    o.id = {(const uint8_t *)id.data(), (uint32_t)id.size()};
    o.id_hash = hash(id);
    o.class_hash = hash(cls);
    o.box = {(const uint8_t *)s.data() + at[0] + 1, (uint32_t)(at[4] - at[0] - 1)};
    return true;
}

static bool full_object(kapok_decoder *k, ondemand::value v, kapok_reading &r, kapok_object &o) {
    ondemand::object obj;
    if (v.get_object().get(obj)) return fail(r, KAPOK_WRONG_TYPE, KAPOK_F_OBJECT);
    memset(&o, 0, sizeof o);
    for (auto item : obj) {
        ondemand::field f;
        if (std::move(item).get(f)) return fail(r, KAPOK_MALFORMED, KAPOK_F_OBJECT);
        Key key{f.key().raw()};
        string_view s;
        ondemand::value fv = f.value();
        if (key == "id") {
            if (!text(k, fv, s)) return fail(r, KAPOK_WRONG_TYPE, KAPOK_F_OBJECT);
            o.id = {(const uint8_t *)s.data(), (uint32_t)s.size()};
            o.id_hash = hash(s);
        } else if (key == "bbox") {
            string_view raw;
            ondemand::object edges;
            if (fv.get_object().get(edges)) continue;
            if (edges.raw_json().get(raw)) return fail(r, KAPOK_MALFORMED, KAPOK_F_OBJECT);
            o.box = {(const uint8_t *)raw.data(), (uint32_t)raw.size()};
        } else if (key == "location" || key == "coordinate" || key == "speed" || key == "direction" ||
                   key == "orientation" || key == "confidence" || key == "signature" || key == "embedding") {
            continue;
        } else {
            // The object's class is the name of its only other member: "vehicle", "person", "face", "bag" ...
            ondemand::object attributes;
            if (fv.get_object().get(attributes)) continue;
            const char *end = (const char *)memchr(key.raw, '"', 256);
            o.class_hash = end ? hash(string_view(key.raw, end - key.raw)) : 1;
            for (auto a : attributes) {
                ondemand::field af;
                if (std::move(a).get(af)) return fail(r, KAPOK_MALFORMED, KAPOK_F_OBJECT);
                if (Key{af.key().raw()} == "license") {
                    string_view plate;
                    if (text(k, af.value(), plate)) o.plate = {(const uint8_t *)plate.data(), (uint32_t)plate.size()};
                }
            }
        }
    }
    if (!o.id_hash || !o.class_hash) return fail(r, KAPOK_MISSING, KAPOK_F_OBJECT);
    return true;
}

static bool video(kapok_decoder *k, const kapok_span &rec, kapok_reading &r) {
    k->escapes = rec.length && memchr(rec.data, '\\', rec.length);
    r.first_object = (uint32_t)k->objects.size();
    ondemand::document doc;
    if (k->parser.iterate((const char *)rec.data, rec.length, rec.length + SIMDJSON_PADDING).get(doc))
        return fail(r, KAPOK_MALFORMED, KAPOK_F_NONE);
    ondemand::object obj;
    if (doc.get_object().get(obj)) return fail(r, KAPOK_MALFORMED, KAPOK_F_NONE);
    bool has_time = false, has_objects = false;
    for (auto item : obj) {
        ondemand::field f;
        if (std::move(item).get(f)) return fail(r, KAPOK_MALFORMED, KAPOK_F_NONE);
        Key key{f.key().raw()};
        string_view s;
        ondemand::value v = f.value();
        if (key == "@timestamp") {
            if (!read_time(k, v, r)) return false;
            has_time = true;
        } else if (key == "sensorId") {
            if (!read_sensor(k, v, r)) return false;
        } else if (key == "id" || key == "messageid") {
            uint64_t number;
            if (text(k, v, s)) r.id_hash = hash(s);
            else if (!v.get_uint64().get(number)) r.id_hash = kapok_hash((const uint8_t *)&number, 8);
            else return fail(r, KAPOK_WRONG_TYPE, KAPOK_F_ID);
        } else if (key == "sensor") {
            ondemand::object sensor;
            if (v.get_object().get(sensor)) return fail(r, KAPOK_WRONG_TYPE, KAPOK_F_SENSOR);
            for (auto a : sensor) {
                ondemand::field sf;
                if (std::move(a).get(sf)) return fail(r, KAPOK_MALFORMED, KAPOK_F_SENSOR);
                if (Key{sf.key().raw()} == "id" && !read_sensor(k, sf.value(), r)) return false;
            }
        } else if (key == "objects") {
            ondemand::array list;
            if (v.get_array().get(list)) return fail(r, KAPOK_WRONG_TYPE, KAPOK_F_OBJECTS);
            for (auto element : list) {
                ondemand::value e;
                kapok_object o;
                if (std::move(element).get(e) || !text(k, e, s)) return fail(r, KAPOK_WRONG_TYPE, KAPOK_F_OBJECTS);
                if (!minimal_object(s, o)) return fail(r, KAPOK_WRONG_TYPE, KAPOK_F_OBJECTS);
                k->objects.push_back(o);
            }
            has_objects = true;
        } else if (key == "object") {
            kapok_object o;
            if (!full_object(k, v, r, o)) return false;
            k->objects.push_back(o);
            r.full = 1;
            has_objects = true;
        } else if (key == "_ts") {
            if (v.get_int64().get(r.record_ms)) return fail(r, KAPOK_WRONG_TYPE, KAPOK_F_TIME);
        }
    }
    if (doc.current_location().error() != OUT_OF_BOUNDS) return fail(r, KAPOK_MALFORMED, KAPOK_F_NONE);
    r.object_count = (uint32_t)k->objects.size() - r.first_object;
    if (!r.sensor_hash) return fail(r, KAPOK_MISSING, KAPOK_F_SENSOR);
    if (!has_objects) return fail(r, KAPOK_MISSING, KAPOK_F_OBJECTS);
    if (!has_time) return fail(r, KAPOK_MISSING, KAPOK_F_TIME);
    return true;
}

extern "C" void kapok_decode_video(kapok_decoder *k, const kapok_span *recs, size_t n, kapok_reading *out) {
    k->objects.clear();
    k->unescaped.clear();
    for (size_t i = 0; i < n; i++) {
        clear(out[i]);
        k->broken = false;
        bool read = video(k, recs[i], out[i]);
        if (k->broken) read = fail(out[i], KAPOK_MALFORMED, KAPOK_F_NONE);
        if (!read) {
            if (out[i].status == KAPOK_OK) out[i].status = KAPOK_MALFORMED;
            // Only the time is missing: the record's headers may still give it.
            if (out[i].status == KAPOK_MISSING && out[i].field == KAPOK_F_TIME) continue;
            k->objects.resize(out[i].first_object);
            out[i].object_count = 0;
        }
    }
}

// A number at `at`, behind spaces; `at` moves behind it.
static bool edge(const char *&at, const char *end, double &v) {
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')) at++;
    auto [behind, error] = std::from_chars(at, end, v);
    if (error != std::errc() || !(std::fabs(v) <= 1e6)) return false;
    at = behind;
    return true;
}

// Edges are read for few cameras, so they are left as text until someone asks: "l|t|r|b", or the object of the full schema.
extern "C" int kapok_box(const kapok_object *o, double out[4]) {
    const char *at = (const char *)o->box.data, *end = at + o->box.length;
    if (!o->box.length) return 0;
    if (*at != '{') {
        for (int i = 0; i < 4; i++) {
            if (!edge(at, end, out[i])) return 0;
            if (at != end && *at != '|') return 0;
            if (i < 3 && at == end) return 0;
            if (at < end) at++;
        }
        return at == end;
    }
    static const char *names[] = {"\"topleftx\"", "\"toplefty\"", "\"bottomrightx\"", "\"bottomrighty\""};
    string_view all(at, end - at);
    for (int i = 0; i < 4; i++) {
        size_t found = all.find(names[i]);
        if (found == string_view::npos) return 0;
        const char *p = at + found + strlen(names[i]);
        while (p < end && (*p == ' ' || *p == '\t' || *p == '\n' || *p == '\r')) p++;
        if (p == end || *p++ != ':') return 0;
        if (!edge(p, end, out[i])) return 0;
    }
    return 1;
}

extern "C" const kapok_object *kapok_objects(const kapok_decoder *k, size_t *count) {
    *count = k->objects.size();
    return k->objects.data();
}
