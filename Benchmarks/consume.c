/* The least that librdkafka costs: joins a group of its own, as a hub does, and takes N messages of a topic from the
 * beginning with rd_kafka_consume_batch_queue, touching nothing. Timed from the assignment of the partitions.
 *
 *   cc -O2 -o consume Benchmarks/consume.c -lrdkafka
 *   ./consume BOOTSTRAP TOPIC N [key=value ...]        prints: events=N wall_s=... cpu_s=...
 */
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define BATCH 10000

static double wall(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double cpu(void) {
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) +
           (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void fail(const char *what, const char *why) {
    fprintf(stderr, "consume: %s: %s\n", what, why);
    exit(1);
}

static void set(rd_kafka_conf_t *conf, const char *key, const char *value) {
    char err[512];
    if (rd_kafka_conf_set(conf, key, value, err, sizeof err) != RD_KAFKA_CONF_OK) fail(key, err);
}

static double wall_start, cpu_start;

/* Explicit offsets: for "beginning" librdkafka would wait half a second before it asks the broker. */
static void rebalance(rd_kafka_t *rk, rd_kafka_resp_err_t err, rd_kafka_topic_partition_list_t *list, void *opaque) {
    (void)opaque;
    if (err != RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
        rd_kafka_assign(rk, NULL);
        return;
    }
    for (int i = 0; i < list->cnt; i++) list->elems[i].offset = 0;
    wall_start = wall();
    cpu_start = cpu();
    rd_kafka_assign(rk, list);
}

int main(int argc, char **argv) {
    if (argc < 4) fail("usage", "consume BOOTSTRAP TOPIC N [key=value ...]");
    const char *topic = argv[2];
    char *end;
    long long want = strtoll(argv[3], &end, 10);
    if (*end || want <= 0) fail("N", "expected a positive number");

    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", argv[1]);
    char group[64];
    snprintf(group, sizeof group, "bare-loop-%d-%ld", (int)getpid(), (long)time(NULL));
    set(conf, "group.id", group);
    rd_kafka_conf_set_rebalance_cb(conf, rebalance);
    set(conf, "enable.auto.commit", "false");
    set(conf, "enable.auto.offset.store", "false");
    for (int i = 4; i < argc; i++) {
        char *eq = strchr(argv[i], '=');
        if (!eq) fail(argv[i], "expected key=value");
        *eq = 0;
        set(conf, argv[i], eq + 1);
    }
    char err[512];
    rd_kafka_t *rk = rd_kafka_new(RD_KAFKA_CONSUMER, conf, err, sizeof err);
    if (!rk) fail("client", err);
    rd_kafka_poll_set_consumer(rk);

    rd_kafka_topic_partition_list_t *topics = rd_kafka_topic_partition_list_new(1);
    rd_kafka_topic_partition_list_add(topics, topic, RD_KAFKA_PARTITION_UA);
    rd_kafka_resp_err_t code = rd_kafka_subscribe(rk, topics);
    if (code) fail("subscribe", rd_kafka_err2str(code));

    static rd_kafka_message_t *batch[BATCH];
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(rk);
    long long got = 0;
    while (got < want) {
        ssize_t n = rd_kafka_consume_batch_queue(queue, 1000, batch, BATCH);
        if (n < 0) fail("consume", rd_kafka_err2str(rd_kafka_last_error()));
        for (ssize_t i = 0; i < n; i++) {
            if (!batch[i]->err) got++;
            else if (batch[i]->err != RD_KAFKA_RESP_ERR__PARTITION_EOF)
                fprintf(stderr, "consume: %s\n", rd_kafka_message_errstr(batch[i]));
            rd_kafka_message_destroy(batch[i]);
        }
    }
    printf("events=%lld wall_s=%.3f cpu_s=%.3f\n", got, wall() - wall_start, cpu() - cpu_start);

    rd_kafka_topic_partition_list_destroy(topics);
    rd_kafka_queue_destroy(queue);
    rd_kafka_consumer_close(rk);
    rd_kafka_destroy(rk);
    return 0;
}
