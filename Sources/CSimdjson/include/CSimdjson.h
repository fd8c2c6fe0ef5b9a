#pragma once
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Bytes that must be readable (any content) behind the last record of a batch.
#define KAPOK_PADDING 64

/// One record's bytes inside a padded buffer.
typedef struct {
    const uint8_t *data;
    uint32_t length;
} kapok_span;

enum {
    KAPOK_OK = 0,
    KAPOK_MALFORMED = 1,      ///< not JSON, or bytes behind the document
    KAPOK_MISSING = 2,        ///< a required field is absent: see `field`
    KAPOK_WRONG_TYPE = 3,     ///< a field has the wrong type: see `field`
    KAPOK_BAD_TIME = 4,       ///< the time is not RFC 3339 (or ms since the epoch)
    KAPOK_BAD_NUMBER = 5,     ///< the value is not finite or beyond 1e9
};

enum { KAPOK_F_NONE, KAPOK_F_ID, KAPOK_F_SENSOR, KAPOK_F_STREET, KAPOK_F_KIND, KAPOK_F_VALUE, KAPOK_F_UNIT,
       KAPOK_F_TIME, KAPOK_F_OBJECTS, KAPOK_F_OBJECT };

/// One decoded reading or video frame. Spans point into the record (or the decoder's own store where escaped) and are
/// valid until the next call. A missing time is judged last: all else is filled in then.
typedef struct {
    int64_t time_ms;
    int64_t record_ms;        ///< `_ts`, the record's own time in files; INT64_MIN where absent
    int64_t value;            ///< millionths
    uint64_t id_hash;         ///< 0 where there is no id
    uint64_t sensor_hash;
    uint64_t kind_hash;
    uint64_t unit_hash;       ///< 0 where there is no unit
    uint64_t street;          ///< 12-digit code as a number, 0 where absent, UINT64_MAX where not 12 digits or all zeros
    kapok_span sensor;
    uint32_t first_object;    ///< index into the objects, video only
    uint32_t object_count;
    uint8_t status;
    uint8_t field;
    uint8_t full;             ///< 1: DeepStream full schema
} kapok_reading;

/// One detected object of a video frame.
typedef struct {
    uint64_t class_hash;
    uint64_t id_hash;
    kapok_span id;
    kapok_span plate;         ///< licence plate; length 0 where absent. Sensitive.
    kapok_span box;           ///< its edges as they were written, for `kapok_box`; length 0 where absent
} kapok_object;

typedef struct kapok_decoder kapok_decoder;

kapok_decoder *kapok_decoder_new(void);
void kapok_decoder_free(kapok_decoder *);

/// 64-bit hash of a byte string, the same on every machine; never 0.
uint64_t kapok_hash(const uint8_t *bytes, size_t length);

/// Decodes `count` Kapok JSON readings into `out`.
void kapok_decode_readings(kapok_decoder *, const kapok_span *records, size_t count, kapok_reading *out);

/// Decodes `count` DeepStream messages (minimal or full, told apart by the `objects` field).
/// Objects of all records land in one array owned by the decoder, valid until the next call.
void kapok_decode_video(kapok_decoder *, const kapok_span *records, size_t count, kapok_reading *out);
const kapok_object *kapok_objects(const kapok_decoder *, size_t *count);

/// Left, top, right and bottom edge of an object, pixels. 0: they are absent, no numbers, or not finite.
int kapok_box(const kapok_object *, double edges[4]);

#ifdef __cplusplus
}
#endif
