#pragma once
#include <malloc.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

/* What Swift cannot import: variadic calls, macros with casts, and struct fields that are unions.
 * The per-message loops are here too, so that a batch costs one call across the language border. */

typedef struct {
    const char *name;
    const void *value;
    size_t length;
} kapok_kafka_header;

/* One record to the producer; the bytes are copied. `timestamp` 0 = now, `partition` -1 = the partitioner chooses. */
static inline rd_kafka_resp_err_t kapok_produce(
    rd_kafka_t *rk, rd_kafka_topic_t *rkt, int32_t partition, const void *key, size_t key_length,
    const void *value, size_t value_length, int64_t timestamp,
    const kapok_kafka_header *headers, size_t header_count, void *token)
{
    rd_kafka_headers_t *hdrs = NULL;
    if (header_count) {
        hdrs = rd_kafka_headers_new(header_count);
        for (size_t i = 0; i < header_count; i++)
            rd_kafka_header_add(hdrs, headers[i].name, -1, headers[i].value, (ssize_t)headers[i].length);
    }
    rd_kafka_resp_err_t err = rd_kafka_producev(
        rk, RD_KAFKA_V_RKT(rkt), RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_KEY(key, key_length), RD_KAFKA_V_VALUE((void *)value, value_length),
        RD_KAFKA_V_TIMESTAMP(timestamp), RD_KAFKA_V_OPAQUE(token), RD_KAFKA_V_HEADERS(hdrs), RD_KAFKA_V_END);
    if (err && hdrs) rd_kafka_headers_destroy(hdrs); /* on failure they stay ours */
    return err;
}

static inline void kapok_destroy_messages(rd_kafka_message_t **messages, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (i + 8 < count && messages[i + 8]) __builtin_prefetch(messages[i + 8]);
        if (messages[i]) rd_kafka_message_destroy(messages[i]);
        messages[i] = NULL;
    }
}

/* Brings a message's payload near: it was written by another core, and a batch is read right after this. Only a hint. */
static inline void kapok_prefetch_payload(const rd_kafka_message_t *m)
{
    const char *p = (const char *)m->payload;
    size_t n = m->len < 512 ? m->len : 512;
    for (size_t i = 0; i < n; i += 64) __builtin_prefetch(p + i);
}

/* Whether a message can have headers. Asking librdkafka costs an allocation, also where there are none, as is usual.
 * A payload is a view into the fetch response (librdkafka copies none), where the number of headers follows the value.
 * In the oldest message formats, which know no headers, any byte may stand there; librdkafka is asked if it is not 0.
 * It is not looked at beyond the value's last page, which may be where the memory ends, nor behind an empty value, which
 * is no view: it points to a constant. */
static inline int kapok_may_have_headers(const rd_kafka_message_t *m)
{
    const unsigned char *behind = (const unsigned char *)m->payload + m->len;
    return !m->len || ((size_t)behind & 4095) == 0 || *behind != 0;
}

static inline void kapok_keep_freed_memory(void)
{
#ifdef __GLIBC__
    mallopt(M_TRIM_THRESHOLD, 256 << 20);
    mallopt(M_TOP_PAD, 16 << 20);
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
#endif
}

/* Hints that a message's head is about to be read for the first time on this core. */
static inline void kapok_prefetch_message(const rd_kafka_message_t *m) { __builtin_prefetch(m); }
