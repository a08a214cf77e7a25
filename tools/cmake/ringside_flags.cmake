# One INTERFACE target carries what every source of ours is compiled with.

option(RINGSIDE_WERROR "Warnings are errors" ON)
option(RINGSIDE_BENCH "Build bench/" ON)
option(RINGSIDE_FUZZ "Build the libFuzzer targets (clang)" OFF)
set(RINGSIDE_SANITIZE "" CACHE STRING "Sanitizers, comma separated: address,undefined or thread")

add_library(ringside_flags INTERFACE)
target_include_directories(ringside_flags INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(ringside_flags INTERFACE
  -Wall -Wextra -Wshadow -Wnon-virtual-dtor -Wcast-align -Wconversion -Wno-sign-conversion
  $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>  # g++ 12 sees an overlap in every `"text" + std::string` (GCC bug 105651)
  # The promise "bit for bit" rests on these: no fused multiply-add that the source does not spell, no reordering.
  -ffp-contract=off -fno-fast-math
  -fno-plt -fstack-protector)
if(RINGSIDE_WERROR)
  target_compile_options(ringside_flags INTERFACE -Werror)
endif()
if((CMAKE_UNITY_BUILD OR RINGSIDE_QUICK_BUILD) AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # It asks whether a class with members of unnamed types stands in a header; in a unity build every source looks like one.
  target_compile_options(ringside_flags INTERFACE -Wno-subobject-linkage)
endif()
if(RINGSIDE_SANITIZE)
  target_compile_options(ringside_flags INTERFACE -fsanitize=${RINGSIDE_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(ringside_flags INTERFACE -fsanitize=${RINGSIDE_SANITIZE})
  if(RINGSIDE_SANITIZE MATCHES "undefined")
    target_compile_options(ringside_flags INTERFACE -fno-sanitize-recover=undefined)
  endif()
endif()
if(RINGSIDE_FUZZ)
  target_compile_options(ringside_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
