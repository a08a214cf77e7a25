# ringside_library(NAME SOURCES a.cc … DEPS target …): one folder, one small static library (INTERFACE when it has no sources).
function(ringside_library NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  if(ARG_SOURCES)
    add_library(${NAME} STATIC ${ARG_SOURCES})
    target_link_libraries(${NAME} PUBLIC ringside_flags ${ARG_DEPS})
  else()
    add_library(${NAME} INTERFACE)
    target_link_libraries(${NAME} INTERFACE ringside_flags ${ARG_DEPS})
  endif()
endfunction()

# ringside_program(NAME SOURCES … DEPS …): a binary in build/<preset>/bin.
function(ringside_program NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${NAME} ${ARG_SOURCES})
  target_link_libraries(${NAME} PRIVATE ringside_flags ${ARG_DEPS})
endfunction()

# ringside_test(NAME SOURCES x_test.cc … DEPS … LABELS unit|race|golden|integration|cli …): a GoogleTest binary run by ctest.
# The timeout is a watchdog against hanging, not a bound on speed.
function(ringside_test NAME)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;DEPS;LABELS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  add_executable(${NAME} ${ARG_SOURCES})
  set_target_properties(${NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_link_libraries(${NAME} PRIVATE ringside_flags ${ARG_DEPS} GTest::gmock GTest::gtest_main)
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
