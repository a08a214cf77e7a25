/* What c_abi_test.cc calls of the C program. */
#ifndef RINGSIDE_TESTS_C_CALLER_H_
#define RINGSIDE_TESTS_C_CALLER_H_

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Connects, predicts one row, cleans up. 0: all went well; else which step did not. */
int c_caller_predicts(const char* socket, double* score, char* version, size_t version_bytes);

#ifdef __cplusplus
}
#endif

#endif
