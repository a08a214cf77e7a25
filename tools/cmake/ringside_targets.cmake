# A clean build spends most of its time on headers. RINGSIDE_QUICK_BUILD compiles as one what no call passes through (COLD) and the sources of a
# test, and those of unit tests at -O1; the data path stays as it is shipped, file by file.
option(RINGSIDE_QUICK_BUILD "Compile cold code and tests so that they are built quickly as a whole, not one by one" OFF)

# ringside_library(NAME [COLD] SOURCES a.cc … DEPS target …): one folder, one small static library (INTERFACE when it has no sources).
# COLD: no call passes through it.
function(ringside_library NAME)
  cmake_parse_arguments(ARG "COLD" "" "SOURCES;DEPS" ${ARGN})
  if(ARG_SOURCES)
    add_library(${NAME} STATIC ${ARG_SOURCES})
    if(ARG_COLD AND RINGSIDE_QUICK_BUILD)
      set_target_properties(${NAME} PROPERTIES UNITY_BUILD ON)
    endif()
    target_link_libraries(${NAME} PUBLIC ringside_flags ${ARG_DEPS})
  else()
    add_library(${NAME} INTERFACE)
    target_link_libraries(${NAME} INTERFACE ringside_flags ${ARG_DEPS})
  endif()
endfunction()

# ringside_program(NAME [COLD] SOURCES … DEPS …): a binary in build/<preset>/bin.
function(ringside_program NAME)
  cmake_parse_arguments(ARG "COLD" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${NAME} ${ARG_SOURCES})
  if(ARG_COLD AND RINGSIDE_QUICK_BUILD)
    set_target_properties(${NAME} PROPERTIES UNITY_BUILD ON)
  endif()
  target_link_libraries(${NAME} PRIVATE ringside_flags ${ARG_DEPS})
endfunction()

# ringside_test(NAME SOURCES x_test.cc … DEPS … LABELS unit|race|model|golden|integration|cli|long …): a GoogleTest binary run by ctest.
# The timeout is a watchdog against hanging, not a bound on speed. The target `tests_<label>` builds all tests of a label and what
# they start; a long test only tests_long, for it is never run unasked. ONE_THREAD: neither the tests nor what they test start a
# thread, so ThreadSanitizer, which makes them twenty times slower, has nothing to see: its build leaves them out. Builds without a
# sanitizer hold them to it.
foreach(label IN ITEMS unit race model golden integration cli long bench_smoke)
  add_custom_target(tests_${label})
endforeach()
function(ringside_test NAME)
  cmake_parse_arguments(ARG "ONE_THREAD" "TIMEOUT" "SOURCES;DEPS;LABELS" ${ARGN})
  if(ARG_ONE_THREAD AND RINGSIDE_SANITIZE MATCHES "thread")
    return()
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  add_executable(${NAME} ${ARG_SOURCES})
  set_target_properties(${NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  if(RINGSIDE_QUICK_BUILD)
    set_target_properties(${NAME} PROPERTIES UNITY_BUILD ON)
    if("unit" IN_LIST ARG_LABELS)
      target_compile_options(${NAME} PRIVATE -O1)
    endif()
  endif()
  target_link_libraries(${NAME} PRIVATE ringside_flags ${ARG_DEPS} GTest::gmock GTest::gtest_main)
  if(ARG_ONE_THREAD AND NOT RINGSIDE_SANITIZE)
    target_link_libraries(${NAME} PRIVATE $<TARGET_OBJECTS:test_one_thread>)
  endif()
  if(long IN_LIST ARG_LABELS)
    add_dependencies(tests_long ${NAME})
  else()
    foreach(label IN LISTS ARG_LABELS)
      add_dependencies(tests_${label} ${NAME})
    endforeach()
  endif()
  add_test(NAME ${NAME} COMMAND ${NAME} WORKING_DIRECTORY ${CMAKE_SOURCE_DIR})
  set_tests_properties(${NAME} PROPERTIES LABELS "${ARG_LABELS}" TIMEOUT ${ARG_TIMEOUT}
    ENVIRONMENT "RINGSIDE_BIN=${CMAKE_BINARY_DIR}/bin;RINGSIDE_SOURCE=${CMAKE_SOURCE_DIR}")
endfunction()

# ringside_fuzzer(NAME SOURCES x_fuzzer.cc DEPS …): a libFuzzer program in build/fuzz/fuzzers, only in the fuzz preset. Its kept
# inputs are tests/fuzz/corpus/NAME/; .ci/run starts from them. The target `fuzzers` builds all of them and nothing else.
if(RINGSIDE_FUZZ)
  add_custom_target(fuzzers)
endif()
function(ringside_fuzzer NAME)
  if(NOT RINGSIDE_FUZZ)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${NAME} ${ARG_SOURCES})
  set_target_properties(${NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzzers)
  target_link_libraries(${NAME} PRIVATE ringside_flags ${ARG_DEPS})
  target_link_options(${NAME} PRIVATE -fsanitize=fuzzer)
  add_dependencies(fuzzers ${NAME})
endfunction()
