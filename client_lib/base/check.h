// RINGSIDE_CHECK(condition): an invariant of our own that must hold for memory to be safe. Always on; prints where and what,
// then aborts. Never reachable by input: what a caller, a file or a peer can cause is a Result or a status.
#pragma once

#include <cstdio>
#include <cstdlib>

#define RINGSIDE_CHECK(condition)                                                                    \
  do {                                                                                               \
    if (!(condition)) [[unlikely]] {                                                                 \
      std::fprintf(stderr, "%s:%d: broken invariant: %s\n", __FILE__, __LINE__, #condition);         \
      std::abort();                                                                                  \
    }                                                                                                \
  } while (false)

// For checks on the hot path whose failure cannot harm memory. On in every preset here; a packager may define NDEBUG.
#ifdef NDEBUG
#define RINGSIDE_DCHECK(condition) ((void)0)
#else
#define RINGSIDE_DCHECK(condition) RINGSIDE_CHECK(condition)
#endif
