# Everything comes from Debian packages (tools/setup installs them); nothing is downloaded at build time.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(Boost 1.74 REQUIRED)        # headers: Interprocess (mapped_region), Asio, Beast
# The reference. Debian's own XGBoostConfig.cmake demands /usr/bin/xgboost, which is in another package; the C API needs only these.
find_library(XGBOOST_LIBRARY xgboost REQUIRED)
find_path(XGBOOST_INCLUDE_DIR xgboost/c_api.h REQUIRED)
add_library(xgboost_c_api INTERFACE)
target_link_libraries(xgboost_c_api INTERFACE ${XGBOOST_LIBRARY})
target_include_directories(xgboost_c_api SYSTEM INTERFACE ${XGBOOST_INCLUDE_DIR})
find_package(yaml-cpp REQUIRED)          # yaml-cpp
find_package(simdjson REQUIRED)          # simdjson::simdjson, JSON in
find_package(nlohmann_json REQUIRED)     # nlohmann_json::nlohmann_json, JSON out
find_package(CLI11 REQUIRED)             # CLI11::CLI11
find_package(spdlog REQUIRED)            # spdlog::spdlog
find_package(OpenSSL REQUIRED COMPONENTS Crypto SSL)
find_package(SQLite3 REQUIRED)          # SQLite::SQLite3, the audit's index
pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)       # sealed journal files
pkg_check_modules(PROMETHEUS REQUIRED IMPORTED_TARGET prometheus-cpp-core)  # text format of /metrics
pkg_check_modules(LIBPQ REQUIRED IMPORTED_TARGET libpq)         # ringside-ship alone
pkg_check_modules(LIBCURL REQUIRED IMPORTED_TARGET libcurl)     # ringside-ship alone
find_package(mimalloc REQUIRED)          # linked by ringsided, but not in sanitizer builds
if(BUILD_TESTING OR NOT DEFINED BUILD_TESTING)
  find_package(GTest REQUIRED)
endif()
if(RINGSIDE_BENCH)
  find_package(benchmark REQUIRED)
endif()
