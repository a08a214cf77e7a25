/* A C program's use of ringside.h, compiled as C99: the header must need nothing else. Called by c_abi_test.cc. */
#include <ringside/ringside.h>
#include <string.h>

#include "tests/client_lib/c_abi/c_caller.h"

int c_caller_predicts(const char* socket, double* score, char* version, size_t version_bytes) {
  ringside_client* client = NULL;
  char why[256];
  ringside_options options = RINGSIDE_OPTIONS_DEFAULT;
  options.socket = socket;
  if (ringside_connect(&options, &client, why, sizeof why) != RINGSIDE_CONNECTED) return 1;
  ringside_field fields[] = {{"age", RINGSIDE_DTYPE_INT}, {"home", RINGSIDE_DTYPE_STR}};
  ringside_schema* schema = ringside_resolve(client, fields, 2, why, sizeof why);
  if (schema == NULL || ringside_schema_handle(schema, "home") != 1 || ringside_schema_handle(schema, "zip") != RINGSIDE_NO_HANDLE) return 2;
  ringside_row* row = ringside_row_new(schema);
  ringside_schema_free(schema);
  ringside_result* result = ringside_result_new();
  ringside_row_set(row, 0, ringside_int(270));
  ringside_row_set(row, 1, ringside_text("rent", 4));
  ringside_row_set_request_id(row, "mine");
  ringside_call_options call = RINGSIDE_CALL_OPTIONS_DEFAULT;
  call.user_id = "u1";
  const ringside_status status = ringside_predict(ringside_client_channel(client), row, &call, result);
  *score = ringside_result_score(result, 0);
  const ringside_text_view name = ringside_result_version(result);
  if (name.bytes >= version_bytes) return 3;
  memcpy(version, name.data, name.bytes);
  version[name.bytes] = '\0';
  ringside_result_free(result);
  ringside_row_free(row);
  ringside_client_free(client);
  return status == RINGSIDE_OK ? 0 : 4;
}
