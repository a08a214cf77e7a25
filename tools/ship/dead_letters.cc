#include "tools/ship/dead_letters.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>

#include "client_lib/base/durable_file.h"
#include "client_lib/base/unique_fd.h"
#include "tools/json_rows/result_writer.h"
#include "tools/ship/row.h"

namespace ringside::ship {

Result<Done, std::string> DeadLetters::add(std::string_view reason, std::string_view record, std::uint64_t file,
                                           std::uint64_t end) {
  const auto now = std::chrono::system_clock::now().time_since_epoch() / std::chrono::nanoseconds(1);
  std::string letter = "{\"at\":\"" + timestamp_text(static_cast<std::uint64_t>(now)) + "\",\"reason\":";
  append_json_text(letter, reason);
  letter += ",\"file\":" + std::to_string(file) + ",\"end\":" + std::to_string(end) + ",\"record\":";
  letter += record.empty() ? "null" : record;
  letter += "}\n";
  const base::UniqueFd out(open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640));
  struct stat status {};
  if (!out || fstat(out.get(), &status) != 0) return fail(base::because(path_, "cannot be opened"));
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (size + letter.size() > bytes_max_)
    return fail(path_ + " is full (dead_letters.bytes: " + std::to_string(bytes_max_) + "): look into it, then move it away");
  if (!base::write_all(out.get(), letter) || fdatasync(out.get()) != 0) {
    const std::string because = base::because(path_, "cannot be written");
    static_cast<void>(ftruncate(out.get(), status.st_size));  // half a letter would spoil the next one's line
    return fail(because);
  }
  return Done{};
}

}  // namespace ringside::ship
