#include "tests/integration/engine_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <thread>

namespace ringside::testing {
namespace {

namespace fs = std::filesystem;

std::string from_environment(const char* name) {
  const char* value = std::getenv(name);
  if (value == nullptr) throw std::runtime_error(std::string(name) + " is not set: run this test through ctest");
  return value;
}

// Starts a program with its standard output and error in one pipe, whose reading end is returned. `landing`: of an engine's records.
std::pair<pid_t, int> spawn(const std::vector<std::string>& command, const std::string& landing = {}) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
  std::vector<char*> words;
  for (const std::string& word : command) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  const pid_t pid = fork();
  if (pid < 0) throw std::runtime_error("fork");
  if (pid == 0) {
    dup2(ends[1], STDOUT_FILENO);
    dup2(ends[1], STDERR_FILENO);
    if (!landing.empty()) {
      setenv("RINGSIDE_JOURNAL_LANDING_DIR", landing.c_str(), 1);
      setenv("RINGSIDE_JOURNAL_WHEN_FULL", "gap", 1);  // these tests load the engine as fast as it can; the disk's speed is not their subject
    }
    execv(words[0], words.data());
    _exit(127);
  }
  close(ends[1]);
  return {pid, ends[0]};
}

}  // namespace

EngineProcess::EngineProcess(std::vector<std::string> arguments, std::string models)
    : models_(std::move(models)), arguments_(std::move(arguments)) {
  if (models_.empty()) models_ = from_environment("RINGSIDE_SOURCE") + "/models";
  std::string path = fs::temp_directory_path() / "ringside-XXXXXX";
  if (mkdtemp(path.data()) == nullptr) throw std::runtime_error("mkdtemp");
  directory_ = path;
  run_dir_ = directory_ + "/run";
  landing_ = "/dev/shm/" + fs::path(directory_).filename().string();  // of its own, so that a killed one leaves nothing
  start();
}

EngineProcess::~EngineProcess() {
  if (pid_ > 0) kill();
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
  fs::remove_all(landing_, ignored);
}

void EngineProcess::start() {
  std::vector<std::string> command{from_environment("RINGSIDE_BIN") + "/ringsided",
                                   "--models",
                                   models_,
                                   "--run-dir",
                                   run_dir_,
                                   "--state-dir",
                                   directory_ + "/state"};
  command.insert(command.end(), arguments_.begin(), arguments_.end());
  const auto [pid, output] = spawn(command, landing_);
  pid_ = pid;
  // Reads what it says until it says that it serves; the pipe closes if it ends.
  std::string said;
  char letter = 0;
  while (said.find(" serves from ") == std::string::npos && read(output, &letter, 1) == 1) said += letter;
  const bool serves = said.find(" serves from ") != std::string::npos;
  // The rest of its words go nowhere, but the pipe must stay open: the engine would stop at a broken one.
  if (!serves) {
    close(output);
    waitpid(pid_, nullptr, 0);
    pid_ = -1;
    throw std::runtime_error("the engine did not start: " + said);
  }
}

void EngineProcess::kill() {
  ::kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

int EngineProcess::stop() {
  ::kill(pid_, SIGTERM);
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void EngineProcess::freeze() const {
  ::kill(pid_, SIGSTOP);
  int status = 0;
  waitpid(pid_, &status, WUNTRACED);
}

void EngineProcess::thaw() const { ::kill(pid_, SIGCONT); }

std::size_t EngineProcess::open_descriptors() const {
  const fs::directory_iterator entries("/proc/" + std::to_string(pid_) + "/fd");
  return static_cast<std::size_t>(std::distance(fs::begin(entries), fs::end(entries)));
}

Client EngineProcess::connect(ClientOptions options, std::string_view resident) const {
  options.run_dir = run_dir_;
  auto client = Client::connect(options);
  if (!client) throw std::runtime_error(client.error().message);
  const Row row(*client->resolve({{"a_field", Dtype::kAny}}));
  while (client->predict(row, {.version = resident}).status() == Status::kUnknownVersion) std::this_thread::yield();
  return std::move(*client);
}

int EngineProcess::cli(const std::vector<std::string>& arguments, std::string* output) const {
  std::vector<std::string> command{from_environment("RINGSIDE_BIN") + "/ringside", "--run-dir", run_dir_};
  command.insert(command.end(), arguments.begin(), arguments.end());
  const auto [pid, words] = spawn(command);
  std::array<char, 4'096> buffer{};
  for (ssize_t size = 0; (size = read(words, buffer.data(), buffer.size())) > 0;) {
    if (output != nullptr) output->append(buffer.data(), static_cast<std::size_t>(size));
  }
  close(words);
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace ringside::testing
