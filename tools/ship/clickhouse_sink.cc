#include "tools/ship/clickhouse_sink.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "tools/ship/columns.h"

namespace ringside::ship {
namespace {

constexpr std::size_t kAnswerBytesMax = 4'096;  // of which an error's first line is of use

// ClickHouse's numbers for text that cannot be parsed, or be kept by a column of its type. Whatever else it says may pass.
constexpr std::array kRowCodes = {6, 26, 27, 33, 38, 41, 69, 72, 117, 131};

std::size_t keep(char* data, std::size_t size, std::size_t count, void* text) {
  auto& kept = *static_cast<std::string*>(text);
  kept.append(data, std::min(size * count, kAnswerBytesMax - std::min(kept.size(), kAnswerBytesMax)));
  return size * count;
}

int progress(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const StopSignal*>(stop)->stopped() ? 1 : 0;
}

// "Code: 27, e.displayText() = …" or "Code: 27. DB::Exception: …". 0: none.
int error_code(const std::string& text) {
  const std::size_t at = text.find("Code: ");
  int code = 0;
  if (at != std::string::npos) std::from_chars(text.data() + at + 6, text.data() + text.size(), code);
  return code;
}

// ClickHouse quotes what it could not parse: values of a row, which belong in no log. What stands before it says enough.
std::string without_values(std::string text) {
  for (const std::string_view begin : {":\n", "(at row", ": (while", "Row 1:", " before: ", "\n"}) {
    if (const std::size_t at = text.find(begin); at != std::string::npos) text.resize(at);
  }
  if (text.size() > 300) text.resize(300);
  return text;
}

}  // namespace

struct ClickHouseSink::Answer {
  long status = 0;  // 0: none came
  std::string text;
};

ClickHouseSink::ClickHouseSink(ClickHouseTerms terms, const StopSignal& stop)
    : terms_(std::move(terms)), stop_(stop), handle_((curl_global_init(CURL_GLOBAL_DEFAULT), curl_easy_init())) {}

ClickHouseSink::~ClickHouseSink() { curl_easy_cleanup(handle_); }

ClickHouseSink::Answer ClickHouseSink::post(const std::string& query, const std::string& body) {
  Answer answer;
  curl_easy_reset(handle_);  // the connection stays
  char* const escaped = curl_easy_escape(handle_, query.data(), static_cast<int>(query.size()));
  const std::string url = terms_.url + "/?query=" + (escaped == nullptr ? "" : escaped);
  curl_free(escaped);
  curl_slist* const headers = curl_slist_append(nullptr, "Expect:");  // one round trip less
  char trouble[CURL_ERROR_SIZE] = "";
  curl_easy_setopt(handle_, CURLOPT_URL, url.c_str());
  curl_easy_setopt(handle_, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(handle_, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body.size()));
  curl_easy_setopt(handle_, CURLOPT_POSTFIELDS, body.data());
  curl_easy_setopt(handle_, CURLOPT_TIMEOUT_MS, static_cast<long>(terms_.timeout.count()));
  curl_easy_setopt(handle_, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle_, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle_, CURLOPT_ERRORBUFFER, trouble);
  curl_easy_setopt(handle_, CURLOPT_WRITEFUNCTION, keep);
  curl_easy_setopt(handle_, CURLOPT_WRITEDATA, &answer.text);
  curl_easy_setopt(handle_, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(handle_, CURLOPT_XFERINFOFUNCTION, progress);
  curl_easy_setopt(handle_, CURLOPT_XFERINFODATA, &stop_);
  if (!terms_.user.empty()) {
    curl_easy_setopt(handle_, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    curl_easy_setopt(handle_, CURLOPT_USERNAME, terms_.user.c_str());
    curl_easy_setopt(handle_, CURLOPT_PASSWORD, terms_.password.c_str());
  }
  const CURLcode done = curl_easy_perform(handle_);
  curl_slist_free_all(headers);
  if (done != CURLE_OK) {
    answer.text = trouble[0] != '\0' ? trouble : curl_easy_strerror(done);
  } else {
    curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &answer.status);
  }
  return answer;
}

Result<Done, SendError> ClickHouseSink::send(std::span<const Row> rows) {
  body_.clear();
  for (const Row& row : rows) append_clickhouse_line(body_, row);
  const Answer answer = post("INSERT INTO " + terms_.table + " (" + column_list() + ") FORMAT JSONEachRow", body_);
  // An exception behind a header that was sent already is told in the body alone.
  if (answer.status == 200 && error_code(answer.text) == 0) return Done{};
  return refused(answer);
}

Result<Done, SendError> ClickHouseSink::refused(const Answer& answer) {
  if (answer.status == 0) return fail(SendError{Refusal::kTryAgain, terms_.url + ": " + answer.text});
  const std::string text = "HTTP " + std::to_string(answer.status) + ": " + without_values(answer.text);
  if (answer.status == 413) return fail(SendError{Refusal::kRowsBad, text});
  const int code = error_code(answer.text);
  if (std::ranges::find(kRowCodes, code) == kRowCodes.end()) return fail(SendError{Refusal::kTryAgain, text});
  // A table without a column, or with another type, refuses every row in the same words. It is asked without rows before they are blamed.
  const Answer check = post("SELECT " + column_list() + " FROM " + terms_.table + " LIMIT 0", "");
  if (check.status != 200)
    return fail(SendError{Refusal::kTryAgain,
                          "the table does not fit: HTTP " + std::to_string(check.status) + ": " + without_values(check.text)});
  return fail(SendError{Refusal::kRowsBad, text});
}

}  // namespace ringside::ship
