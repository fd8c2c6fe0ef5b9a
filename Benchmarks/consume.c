/* The least that librdkafka costs: assigns all partitions of a topic from the beginning and takes N messages with
 * rd_kafka_consume_batch_queue, touching nothing.
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

int main(int argc, char **argv) {
    if (argc < 4) fail("usage", "consume BOOTSTRAP TOPIC N [key=value ...]");
    const char *topic = argv[2];
    char *end;
    long long want = strtoll(argv[3], &end, 10);
    if (*end || want <= 0) fail("N", "expected a positive number");

    rd_kafka_conf_t *conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", argv[1]);
    set(conf, "group.id", "bare-loop");
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

    const struct rd_kafka_metadata *meta;
    rd_kafka_topic_t *rkt = rd_kafka_topic_new(rk, topic, NULL);
    rd_kafka_resp_err_t code = rd_kafka_metadata(rk, 0, rkt, &meta, 30000);
    if (code) fail("metadata", rd_kafka_err2str(code));
    if (meta->topic_cnt != 1 || meta->topics[0].partition_cnt == 0) fail(topic, "no such topic");
    int partitions = meta->topics[0].partition_cnt;
    rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(partitions);
    for (int p = 0; p < partitions; p++)
        rd_kafka_topic_partition_list_add(list, topic, p)->offset = RD_KAFKA_OFFSET_BEGINNING;
    rd_kafka_metadata_destroy(meta);
    rd_kafka_topic_destroy(rkt);

    static rd_kafka_message_t *batch[BATCH];
    rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(rk);
    double wall_start = wall(), cpu_start = cpu();
    code = rd_kafka_assign(rk, list);
    if (code) fail("assign", rd_kafka_err2str(code));
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

    rd_kafka_topic_partition_list_destroy(list);
    rd_kafka_queue_destroy(queue);
    rd_kafka_consumer_close(rk);
    rd_kafka_destroy(rk);
    return 0;
}
