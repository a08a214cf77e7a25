// A library that bench/peers/run found or compiled, and its functions.
//
//   const SharedObject library("build/peers/xgboost.so");
//   const auto create = library.function<int (*)(…)>("XGBoosterCreate");
//
// Opened with RTLD_LOCAL | RTLD_DEEPBIND: another release of a library that is linked already finds its own symbols first, so both live
// in this process and take turns. Never closed, for a library may have threads and thread-local objects of its own.
//
// Thread safety: immutable. Errors: the program ends, saying what is missing.
#pragma once

#include <dlfcn.h>

#include <filesystem>
#include <string>

#include "bench/comparison.h"

namespace ringside::bench {

class SharedObject {
 public:
  // Links are followed, or $ORIGIN in the library's own paths would be the link's folder.
  explicit SharedObject(const std::string& path)
      : path_(std::filesystem::canonical(path)), handle_(dlopen(path_.c_str(), RTLD_NOW | RTLD_LOCAL | RTLD_DEEPBIND)) {
    if (handle_ == nullptr) give_up(path_ + ": " + dlerror());
  }

  template <class Function>
  [[nodiscard]] Function function(const char* name) const {
    void* found = dlsym(handle_, name);
    if (found == nullptr) give_up(path_ + ": has no function `" + name + "`");
    return reinterpret_cast<Function>(found);
  }

  template <class Function>
  void find(const char* name, Function& function_wanted) const {
    function_wanted = function<Function>(name);
  }

 private:
  std::string path_;
  void* handle_;
};

}  // namespace ringside::bench
