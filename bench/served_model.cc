#include "bench/served_model.h"

#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace ringside::bench {
namespace {

constexpr int kStartSecondsMax = 120;

std::string text_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::string temporary_directory() {
  std::string name = std::filesystem::temp_directory_path().string() + "/ringside-bench-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) give_up("cannot make " + name);
  return name;
}

}  // namespace

ServedModel::ServedModel(const Settings& settings, const std::string& bundle_directory,
                         const std::vector<std::pair<std::string, std::string>>& environment)
    : directory_(temporary_directory()) {
  if (settings.engine.empty() || access(settings.engine.c_str(), X_OK) != 0)
    give_up("--engine: no program at '" + settings.engine + "'");
  unpin_this_thread();  // the engine inherits it, and the client library counts processors when it connects
  const std::string log = directory_ + "/engine.log";
  const std::string models = std::filesystem::path(bundle_directory).parent_path();
  std::vector<std::pair<std::string, std::string>> variables{{"RINGSIDE_WORKERS_CPUS", std::to_string(processors().server)}};
  variables.insert(variables.end(), environment.begin(), environment.end());
  // An absolute path names a directory; --models keeps the engine from looking anywhere else.
  process_ = std::make_unique<ServerProcess>(ServerProcess::execute(
      {settings.engine, "--bundle", std::filesystem::absolute(bundle_directory), "--models", std::filesystem::absolute(models),
       "--run-dir", directory_ + "/run", "--state-dir", directory_ + "/state", "--workers", "1", "--wait", settings.mode},
      variables, log));

  const ClientOptions options{.run_dir = directory_ + "/run",
                              .name = "ringside-bench",
                              .channels = 1,
                              .wait = settings.mode == "spin" ? Wait::kSpin : Wait::kAdaptive,
                              .connect_timeout = std::chrono::milliseconds(1'000)};
  std::string why;
  for (int tries = 0; client_ == nullptr; ++tries) {
    if (!process_->alive()) give_up("the engine ended at once:\n" + text_of(log));
    if (tries == kStartSecondsMax * 50) give_up("the engine does not serve: " + why + "\n" + text_of(log));
    auto connected = Client::connect(options);
    if (connected && connected->current_version() != nullptr) {
      client_ = std::make_unique<Client>(std::move(*connected));
    } else {
      why = connected ? "it has no current version" : connected.error().message;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }
  auto schema = client_->resolve(client_->current_version()->declarations());
  if (!schema) give_up(schema.error().message);
  schema_ = *schema;
  pin_this_thread(processors().client);
}

ServedModel::~ServedModel() {
  client_.reset();
  process_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

std::shared_ptr<ServedModel> ServedModel::of(const Settings& settings, const std::string& bundle_directory) {
  static std::shared_ptr<ServedModel> last;
  static std::string last_bundle;
  if (last == nullptr || last_bundle != bundle_directory) {
    last.reset();
    last = std::make_shared<ServedModel>(settings, bundle_directory);
    last_bundle = bundle_directory;
    last->process().pause();
  }
  return last;
}

RoundTrip::RoundTrip(std::shared_ptr<ServedModel> served, const FloatRows& rows, std::size_t rows_a_call)
    : served_(std::move(served)),
      rows_(rows),
      features_(rows_a_call * rows.features()),
      values_(rows_a_call),
      row_(served_->schema()),
      batch_(served_->schema(), rows_a_call) {
  if (served_->schema().size() != rows.features()) give_up("the bundle has other fields than the rows");
  for (std::size_t i = 0; i < rows.features(); ++i) handles_.push_back(served_->schema().handle(served_->schema().field(i).name));
}

void RoundTrip::begin_slice() { served_->process().resume(); }
void RoundTrip::end_slice() { served_->process().pause(); }

void RoundTrip::stage(std::size_t row) {
  const std::span<const float> from = rows_.from(row, values_.size());
  std::copy(from.begin(), from.end(), features_.begin());
}

void RoundTrip::call() {
  if (values_.size() == 1) {
    call_one();
  } else {
    call_batch();
  }
}

void RoundTrip::call_one() {
  row_.reset();
  for (std::size_t i = 0; i < handles_.size(); ++i) row_.set(handles_[i], features_[i]);
  served_->client().predict(row_, {}, prediction_);
  if (!prediction_.ok()) give_up_on(prediction_);
  values_[0] = static_cast<float>(prediction_.score());
}

void RoundTrip::call_batch() {
  batch_.reset(values_.size());
  const float* feature = features_.data();
  for (std::size_t row = 0; row < values_.size(); ++row) {
    for (const FieldHandle handle : handles_) batch_.set(row, handle, *feature++);
  }
  served_->client().predict_batch(batch_, {}, result_);
  if (result_.status() != Status::kOk) give_up_on(result_.call());
  for (std::size_t row = 0; row < values_.size(); ++row) {
    const RowAnswer answer = result_.row(row);
    if (!answer.ok()) give_up_on(answer);
    values_[row] = static_cast<float>(answer.score());
  }
}

void give_up_on(const RowAnswer& answer) {
  std::string text = "a row was not scored: " + std::string(name(answer.status())) + " (version " +
                     std::string(answer.version()) + "): " + answer.explanation();
  for (const FieldError& error : answer.errors())
    text += "; " + error.field + " " + std::string(name(error.code)) + " " + error.message;
  give_up(text);
}

}  // namespace ringside::bench
