/* Ask the engine on this host for a prediction, from C and from whatever can call C.
 *
 *   ringside_client* client = NULL;
 *   char why[256];
 *   ringside_options options = RINGSIDE_OPTIONS_DEFAULT;
 *   if (ringside_connect(&options, &client, why, sizeof why) != RINGSIDE_CONNECTED) return report(why);
 *   ringside_field fields[] = {{"age", RINGSIDE_DTYPE_INT}, {"home", RINGSIDE_DTYPE_STR}};
 *   ringside_schema* schema = ringside_resolve(client, fields, 2, why, sizeof why);
 *   ringside_row* row = ringside_row_new(schema);
 *   ringside_result* result = ringside_result_new();
 *   ringside_row_set(row, 0, ringside_int(27));
 *   ringside_row_set(row, 1, ringside_text("rent", 4));
 *   ringside_call_options call = RINGSIDE_CALL_OPTIONS_DEFAULT;
 *   ringside_channel* channel = ringside_client_channel(client);
 *   if (ringside_predict(channel, row, &call, result) == RINGSIDE_OK) use(ringside_result_score(result, 0));
 *
 * Contract of every function: no exception crosses this boundary; running out of memory ends the program. Pointers that are not
 * said to be optional must not be null. Objects are freed by the function beside their maker, in any order but that a channel and
 * a client outlive the calls made on them; freeing null does nothing. Text that is returned stays valid until its owner is used
 * again or freed, is UTF-8 as the engine or the caller gave it, and is not terminated by a zero unless said so. A row number that
 * is out of range is answered as an empty row (status fail). Thread safety: a client may be used from any thread; every other
 * object by one thread at a time. */
#ifndef RINGSIDE_RINGSIDE_H_
#define RINGSIDE_RINGSIDE_H_

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ringside_client ringside_client;
typedef struct ringside_channel ringside_channel;
typedef struct ringside_schema ringside_schema;
typedef struct ringside_row ringside_row;
typedef struct ringside_batch ringside_batch;
typedef struct ringside_result ringside_result;

typedef struct ringside_text_view {
  const char* data;
  size_t bytes;
} ringside_text_view;

/* Version of the library that runs, such as "0.1.0"; ends with a zero; never freed. */
const char* ringside_version(void);

/* ---- connect ------------------------------------------------------------------------------------------------------------- */

typedef enum ringside_connect_code {
  RINGSIDE_CONNECTED = 0,
  RINGSIDE_BAD_OPTIONS = 1,
  RINGSIDE_NOT_FOUND = 2,      /* no socket there: no engine, or another run_dir or task */
  RINGSIDE_AMBIGUOUS_TASK = 3, /* several tasks in run_dir: name one */
  RINGSIDE_UNREACHABLE = 4,    /* a socket, but nobody answers */
  RINGSIDE_NOT_ALLOWED = 5,
  RINGSIDE_LAYOUT_MISMATCH = 6, /* engine and library do not fit each other: upgrade the older one */
  RINGSIDE_TOO_MANY = 7,
  RINGSIDE_STOPPING = 8,
  RINGSIDE_MALFORMED = 9,
  RINGSIDE_SYSTEM = 10
} ringside_connect_code;

typedef enum ringside_wait { RINGSIDE_WAIT_SPIN = 0, RINGSIDE_WAIT_ADAPTIVE = 1, RINGSIDE_WAIT_PARK = 2 } ringside_wait;

/* Null strings and zeros mean the default; strings end with a zero. */
typedef struct ringside_options {
  const char* socket;          /* path of data.sock; null: <run_dir>/<task>/data.sock */
  const char* run_dir;         /* null: without root $XDG_RUNTIME_DIR/ringside if it exists, else /run/ringside */
  const char* task;            /* null: the only one in run_dir */
  const char* name;            /* what operators see */
  uint32_t channels;           /* threads that may call at the same time; 0: 4 */
  uint32_t connect_timeout_ms; /* 0: 1000 */
  uint64_t arena_bytes;        /* a channel; 0: 8 MiB */
  ringside_wait wait;
} ringside_options;
#define RINGSIDE_OPTIONS_DEFAULT \
  { NULL, NULL, NULL, NULL, 0, 0, 0, RINGSIDE_WAIT_ADAPTIVE }

/* Waits at most the timeout. On success *client is to be freed; on failure it is null and `why` (optional, ended with a zero) says what
 * to do. */
ringside_connect_code ringside_connect(const ringside_options* options, ringside_client** client, char* why, size_t why_bytes);
void ringside_client_free(ringside_client* client);

/* The client's own channel, for one thread. It belongs to the client: do not free it. */
ringside_channel* ringside_client_channel(ringside_client* client);
/* One for another thread, to be freed; null when all are in use or the engine is gone, and `why` says which. */
ringside_channel* ringside_channel_open(ringside_client* client, char* why, size_t why_bytes);
void ringside_channel_free(ringside_channel* channel);

/* ---- fields and rows ----------------------------------------------------------------------------------------------------- */

typedef enum ringside_dtype {
  RINGSIDE_DTYPE_ANY = 0,
  RINGSIDE_DTYPE_INT = 1,
  RINGSIDE_DTYPE_FLOAT = 2,
  RINGSIDE_DTYPE_STR = 3,
  RINGSIDE_DTYPE_BOOL = 4
} ringside_dtype;

typedef struct ringside_field {
  const char* name; /* ends with a zero */
  ringside_dtype dtype;
} ringside_field;

#define RINGSIDE_NO_HANDLE ((uint16_t)0xFFFF)

/* Names to handles, once; handles are 0, 1, … in the order given, and outlive switches of version and restarts of the engine. Null
 * on failure, with `why`. Asks the engine: not for the hot path. */
ringside_schema* ringside_resolve(ringside_client* client, const ringside_field* fields, size_t count, char* why,
                                  size_t why_bytes);
void ringside_schema_free(ringside_schema* schema);                               /* rows and batches made with it live on */
uint16_t ringside_schema_handle(const ringside_schema* schema, const char* name); /* RINGSIDE_NO_HANDLE: not in it */

typedef enum ringside_value_kind {
  RINGSIDE_VALUE_NULL = 0,
  RINGSIDE_VALUE_BOOL = 1,
  RINGSIDE_VALUE_INT = 2,
  RINGSIDE_VALUE_REAL = 3,
  RINGSIDE_VALUE_TEXT = 4
} ringside_value_kind;

typedef struct ringside_value {
  ringside_value_kind kind;
  int64_t integer; /* int; bool: 0 or 1 */
  double real;
  ringside_text_view text;
} ringside_value;

static inline ringside_value ringside_null(void) {
  ringside_value v = {RINGSIDE_VALUE_NULL, 0, 0, {NULL, 0}};
  return v;
}
static inline ringside_value ringside_bool(int b) {
  ringside_value v = {RINGSIDE_VALUE_BOOL, b != 0, 0, {NULL, 0}};
  return v;
}
static inline ringside_value ringside_int(int64_t i) {
  ringside_value v = {RINGSIDE_VALUE_INT, i, 0, {NULL, 0}};
  return v;
}
static inline ringside_value ringside_real(double r) {
  ringside_value v = {RINGSIDE_VALUE_REAL, 0, r, {NULL, 0}};
  return v;
}
static inline ringside_value ringside_text(const char* data, size_t bytes) {
  ringside_value v = {RINGSIDE_VALUE_TEXT, 0, 0, {data, bytes}};
  return v;
}

/* A row refuses nothing: second values, unknown names, and ids or texts beyond their limits (row.h) are told to the engine too, which
 * judges. Text is copied. */
ringside_row* ringside_row_new(const ringside_schema* schema);
void ringside_row_free(ringside_row* row);
void ringside_row_reset(ringside_row* row);
void ringside_row_set(ringside_row* row, uint16_t handle, ringside_value value);
void ringside_row_set_named(ringside_row* row, const char* name, ringside_value value);
void ringside_row_set_request_id(ringside_row* row, const char* id);

/* REQUIRES, of all: row < the batch's rows (the program ends otherwise). */
ringside_batch* ringside_batch_new(const ringside_schema* schema, size_t rows);
void ringside_batch_free(ringside_batch* batch);
void ringside_batch_reset(ringside_batch* batch, size_t rows);
void ringside_batch_set(ringside_batch* batch, size_t row, uint16_t handle, ringside_value value);
void ringside_batch_set_named(ringside_batch* batch, size_t row, const char* name, ringside_value value);
void ringside_batch_set_all(ringside_batch* batch, uint16_t handle,
                            ringside_value value); /* one value for every row, sent once */
void ringside_batch_set_request_id(ringside_batch* batch, size_t row, const char* id);

/* How a batch of numbers is sent: bare floats instead of 8 bytes and a tag each, for wide numeric models. What a float of that width would
 * round, texts, bools and nulls travel as named values, so nothing is lost. NaN, and what was never set, is missing. */
typedef enum ringside_packed { RINGSIDE_PACKED_FLOAT32 = 0, RINGSIDE_PACKED_FLOAT64 = 1 } ringside_packed;
ringside_batch* ringside_batch_new_packed(const ringside_schema* schema, size_t rows, ringside_packed packed);

/* A value for every row: `values` has as many as the batch has rows. A copy of memory where the batch is packed in that width. */
void ringside_batch_set_column_float32(ringside_batch* batch, uint16_t handle, const float* values);
void ringside_batch_set_column_float64(ringside_batch* batch, uint16_t handle, const double* values);

/* ---- predict ------------------------------------------------------------------------------------------------------------- */

typedef enum ringside_status {
  RINGSIDE_OK = 0,
  RINGSIDE_INVALID = 1,  /* fix the caller; the errors say what */
  RINGSIDE_TIMEOUT = 2,  /* said by the engine: not scored; said by the client: it may have been */
  RINGSIDE_REJECTED = 3, /* a limit: retry later */
  RINGSIDE_UNKNOWN_VERSION = 4,
  RINGSIDE_UNAVAILABLE = 5,
  RINGSIDE_LOST = 6, /* the engine died under the call; the next call reconnects */
  RINGSIDE_FAIL = 7
} ringside_status;

/* Null strings: none. They are borrowed until the call returns. Nothing is cut: with a user_id, route_key or tag over 128 bytes, more
 * than 16 tags, or a trace_id over 64 bytes, every row is answered TOO_LONG; a version or label over 128 bytes is an unknown one. */
typedef struct ringside_call_options {
  int64_t deadline_ns; /* from now; 0: none; negative: already past */
  const char* version;
  const char* label;
  const char* user_id;
  const char* route_key;
  const char* trace_id;
  const char* const* route_tags;
  size_t route_tag_count;
  int return_features;
  int return_input_digest;
} ringside_call_options;
#define RINGSIDE_CALL_OPTIONS_DEFAULT \
  { 1000000000, NULL, NULL, NULL, NULL, NULL, NULL, 0, 0, 0 }

/* Blocks until there is an answer, the deadline has passed or the engine is gone. `options` may be null. The result is
 * overwritten. Returns the status of the call: RINGSIDE_OK for a batch means that each row has its own. */
ringside_status ringside_predict(ringside_channel* channel, const ringside_row* row, const ringside_call_options* options,
                                 ringside_result* result);
ringside_status ringside_predict_batch(ringside_channel* channel, const ringside_batch* batch,
                                       const ringside_call_options* options, ringside_result* result);

/* Who should answer, of several. */
typedef enum ringside_target_kind {
  RINGSIDE_TARGET_VERSION = 0,
  RINGSIDE_TARGET_LABEL = 1,
  RINGSIDE_TARGET_ROUTED = 2 /* whoever traffic chooses; `name` is not looked at */
} ringside_target_kind;

typedef struct ringside_target {
  ringside_target_kind kind;
  const char* name; /* null, empty or over 128 bytes: an unknown version */
} ringside_target;
#define RINGSIDE_TARGETS_MAX 8

/* The same rows to several versions in one call: results[i] is the answer of targets[i], and has a status of its own. The version and
 * label of `options` are not looked at. Returns RINGSIDE_OK where some target was answered, row by row; else the first one's status.
 * REQUIRES: 1 to RINGSIDE_TARGETS_MAX targets, as many distinct results (the program ends otherwise). */
ringside_status ringside_predict_ab(ringside_channel* channel, const ringside_batch* batch, const ringside_target* targets,
                                    size_t count, const ringside_call_options* options, ringside_result* const* results);

/* ---- results ------------------------------------------------------------------------------------------------------------- */

ringside_result* ringside_result_new(void);
void ringside_result_free(ringside_result* result);

/* In place of a row's number: the call as a whole, such as the error of a batch that was refused for its size. */
#define RINGSIDE_WHOLE_CALL ((size_t)-1)

size_t ringside_result_rows(const ringside_result* result); /* as many as were sent */
ringside_status ringside_result_status(const ringside_result* result, size_t row);
const char* ringside_status_name(ringside_status status);                             /* "ok"; ends with a zero */
ringside_text_view ringside_result_reason(const ringside_result* result, size_t row); /* "no_version"; empty: none */
int ringside_result_said_by_engine(const ringside_result* result);
double ringside_result_score(const ringside_result* result, size_t row); /* NaN unless ok */
size_t ringside_result_values(const ringside_result* result, size_t row);
double ringside_result_value(const ringside_result* result, size_t row, size_t index); /* NaN when out of range, as below */
size_t ringside_result_margins(const ringside_result* result, size_t row);
double ringside_result_margin(const ringside_result* result, size_t row, size_t index);
size_t ringside_result_probabilities(const ringside_result* result, size_t row);
double ringside_result_probability(const ringside_result* result, size_t row, size_t class_index);
int ringside_result_is_float64(const ringside_result* result);
size_t ringside_result_features(const ringside_result* result, size_t row);
/* What the model read: in full, or rounded to float. ringside_result_features_float64: whether that makes a difference. */
double ringside_result_feature64(const ringside_result* result, size_t row, size_t index);
float ringside_result_feature(const ringside_result* result, size_t row, size_t index);
int ringside_result_features_float64(const ringside_result* result);

/* 16 bytes that name what the row held when it was scored; empty unless asked for with return_input_digest, and unless ok. */
ringside_text_view ringside_result_input_digest(const ringside_result* result, size_t row);

/* 0: no label; 1: *number is it; 2: *text is it. Either pointer may be null. */
int ringside_result_label(const ringside_result* result, size_t row, int64_t* number, ringside_text_view* text);
ringside_text_view ringside_result_version(const ringside_result* result); /* that answered; empty: none */
ringside_text_view ringside_result_arm(const ringside_result* result);     /* "current" */
ringside_text_view ringside_result_request_id(const ringside_result* result, size_t row);

typedef enum ringside_field_set { RINGSIDE_FILLED = 0, RINGSIDE_UNKNOWN = 1, RINGSIDE_CLAMPED = 2 } ringside_field_set;
size_t ringside_result_field_count(const ringside_result* result, size_t row, ringside_field_set set);
ringside_text_view ringside_result_field(const ringside_result* result, size_t row, ringside_field_set set, size_t index);

typedef struct ringside_error {
  ringside_text_view field;   /* empty: of the row or the call as a whole */
  ringside_text_view code;    /* "TYPE_MISMATCH" */
  ringside_text_view message; /* "expected int, got string" */
} ringside_error;
size_t ringside_result_error_count(ringside_result* result, size_t row);
/* Valid until another row's errors are asked for. All is empty when index >= ringside_result_error_count(result, row). */
ringside_error ringside_result_error(ringside_result* result, size_t row, size_t index);

typedef struct ringside_timings {
  uint64_t queue_ns, decode_ns, preprocess_ns, forest_ns, total_ns;
} ringside_timings;
ringside_timings ringside_result_timings(const ringside_result* result);

#ifdef __cplusplus
}
#endif

#endif /* RINGSIDE_RINGSIDE_H_ */
