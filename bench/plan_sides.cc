#include "bench/plan_sides.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "bench/comparison.h"
#include "bench/float_rows.h"
#include "engine/bundle/loader.h"

namespace ringside::bench {
namespace {

template <class T>
std::vector<T> values_of(const std::string& path) {
  const std::vector<std::byte> bytes = read_whole_file(path);
  std::vector<T> values(bytes.size() / sizeof(T));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
  return values;
}

}  // namespace

OurPlan::OurPlan(const std::string& folder, std::size_t rows_a_call)
    : rows_a_call_(rows_a_call),
      numbers_(values_of<double>(folder + "/numbers.f64")),
      codes_(values_of<std::int32_t>(folder + "/codes.i32")) {
  const std::string bundle = bundle_under(folder + "/models");
  auto loaded = engine::load_bundle(bundle, {.expected_task = {}, .use_reference = false});
  if (!loaded) give_up(bundle + ": is refused by the engine's loader");
  bundle_ = std::move(*loaded);
  for (std::uint32_t field = 0; field < bundle_->schema.size(); ++field) {
    (bundle_->schema.fields()[field].is_text() ? text_fields_ : number_fields_).push_back(field);
  }
  for (std::int32_t code = 0; code <= *std::max_element(codes_.begin(), codes_.end()); ++code)
    texts_.push_back("c" + std::to_string(code));
  for (std::size_t first = 0; first < rows_a_call; first += engine::kTileRows)
    tiles_.push_back(std::make_unique<engine::Workspace>(*bundle_));
  features_.resize(rows_a_call * bundle_->plan.features());
}

void OurPlan::stage(std::size_t row) {
  for (std::size_t i = 0; i < tiles_.size(); ++i) {
    const std::size_t first = i * engine::kTileRows;
    const auto count = static_cast<std::uint32_t>(std::min<std::size_t>(engine::kTileRows, rows_a_call_ - first));
    engine::Tile& tile = tiles_[i]->tile;
    tile.start(count);
    for (std::uint32_t r = 0; r < count; ++r) {
      const double* numbers = numbers_.data() + (row + first + r) * number_fields_.size();
      const std::int32_t* codes = codes_.data() + (row + first + r) * text_fields_.size();
      for (std::size_t k = 0; k < number_fields_.size(); ++k) tile.numbers(number_fields_[k])[r] = numbers[k];
      for (std::size_t k = 0; k < text_fields_.size(); ++k) {
        const std::string& text = texts_[static_cast<std::size_t>(codes[k])];
        tile.texts(text_fields_[k])[r] = {text.data(), static_cast<std::uint32_t>(text.size())};
      }
    }
  }
}

void OurPlan::call() {
  const std::size_t stride = bundle_->plan.features();
  for (std::size_t i = 0; i < tiles_.size(); ++i) {
    bundle_->plan.run(tiles_[i]->tile, *tiles_[i]->plan, features_.data() + i * engine::kTileRows * stride, stride);
  }
}

ScikitLearn::ScikitLearn(const std::string& repository, const std::string& folder, std::size_t rows_a_call, std::size_t features)
    : features_(rows_a_call * features) {
  int requests[2], answers[2];
  if (pipe(requests) != 0 || pipe(answers) != 0) give_up("pipe failed");
  const std::string script = repository + "/bench/plan_reference.py", rows = std::to_string(rows_a_call);
  pid_ = fork();
  if (pid_ < 0) give_up("fork failed");
  if (pid_ == 0) {
    dup2(requests[0], STDIN_FILENO);
    dup2(answers[1], STDOUT_FILENO);
    for (const int fd : {requests[0], requests[1], answers[0], answers[1]}) close(fd);
    execl("/usr/bin/python3", "python3", script.c_str(), folder.c_str(), rows.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  close(requests[0]);
  close(answers[1]);
  requests_ = base::UniqueFd(requests[1]);
  answers_ = base::UniqueFd(answers[0]);
}

ScikitLearn::~ScikitLearn() {
  requests_.reset();  // the end of its input is the end of it
  int status = 0;
  waitpid(pid_, &status, 0);
}

void ScikitLearn::ask(const std::string& line) {
  if (write(requests_.get(), line.data(), line.size()) != static_cast<ssize_t>(line.size())) give_up("plan_reference.py is gone");
}

void ScikitLearn::read(void* into, std::size_t bytes) {
  for (auto* at = static_cast<std::byte*>(into); bytes > 0;) {
    const ssize_t got = ::read(answers_.get(), at, bytes);
    if (got <= 0) give_up("plan_reference.py ended without an answer");
    at += got;
    bytes -= static_cast<std::size_t>(got);
  }
}

void ScikitLearn::call() {
  ask("answer " + std::to_string(row_) + "\n");
  read(features_.data(), features_.size() * sizeof(float));
}

std::size_t ScikitLearn::run_slice(std::size_t row, std::size_t rows, std::size_t rows_a_call, const SliceLimits& limits, double,
                                   load::Histogram& ticks) {
  ask("slice " + std::to_string(rate_.ns(limits.ticks)) + "\n");
  std::uint64_t count = 0;
  read(&count, sizeof count);
  std::vector<std::uint64_t> ns(count);
  read(ns.data(), ns.size() * sizeof(std::uint64_t));
  for (const std::uint64_t one : ns) ticks.record(rate_.ticks_in(one));
  return (row + count * rows_a_call) % rows;
}

}  // namespace ringside::bench
