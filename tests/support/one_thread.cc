// Linked into the test programs that are declared ONE_THREAD (tools/cmake/ringside_targets.cmake): stands before the C library's
// pthread_create, so that a test which begins to start threads is told that ThreadSanitizer would never see it.
#include <pthread.h>

#include <cstdio>
#include <cstdlib>

extern "C" int pthread_create(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*) noexcept {
  std::fputs("a thread in a test program that is declared ONE_THREAD: take the word away in its CMakeLists.txt\n", stderr);
  std::abort();
}
