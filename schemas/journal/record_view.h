// Reading records: a walk over bytes that may end anywhere, and views that never look outside them. For whoever reads journal files.
//
//   RecordWalk walk(bytes);
//   while (const auto record = walk.next()) {
//     if (const auto row = PredictionView::of(*record)) use(row->body().status, row->number(0));
//   }
//   walk.end()   kEnd, kUnused (zeros), kCut or kBroken, at walk.offset()
//
// Thread safety: views of memory that somebody else keeps and nobody writes. A view made by of() has checked every count; offsets inside
// cells are checked where they are used.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

#include "client_lib/base/crc32c.h"
#include "schemas/journal/prediction.h"
#include "schemas/journal/record.h"
#include "schemas/journal/version.h"

namespace ringside::journal {

// A whole record whose checksum is right.
class Record {
 public:
  explicit Record(std::span<const std::byte> bytes) noexcept : bytes_(bytes) { std::memcpy(&head_, bytes.data(), sizeof head_); }
  [[nodiscard]] const RecordHead& head() const noexcept { return head_; }
  [[nodiscard]] RecordType type() const noexcept { return static_cast<RecordType>(head_.type); }
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return bytes_; }

  // None: shorter than such a body.
  template <class Body>
  [[nodiscard]] std::optional<Body> body() const noexcept {
    if (bytes_.size() < sizeof(RecordHead) + sizeof(Body)) return std::nullopt;
    Body body;
    std::memcpy(&body, bytes_.data() + sizeof(RecordHead), sizeof body);
    return body;
  }

 private:
  RecordHead head_;
  std::span<const std::byte> bytes_;
};

class RecordWalk {
 public:
  enum class End : std::uint8_t { kNone, kEnd, kUnused, kCut, kBroken };

  explicit RecordWalk(std::span<const std::byte> bytes) noexcept : bytes_(bytes) {}

  // None: see end().
  std::optional<Record> next() noexcept {
    if (end_ != End::kNone) return std::nullopt;
    const std::span<const std::byte> rest = bytes_.subspan(offset_);
    if (rest.empty()) return finish(End::kEnd);
    if (rest.size() < sizeof(RecordHead)) return finish(End::kCut);
    RecordHead head;
    std::memcpy(&head, rest.data(), sizeof head);
    if (head.bytes == 0) return finish(End::kUnused);
    if (head.bytes < sizeof head || head.bytes % kAlignment != 0 || head.bytes > kVersionRecordBytesMax)
      return finish(End::kBroken);
    if (head.bytes > rest.size()) return finish(End::kCut);
    if (base::crc32c(rest.data() + 8, head.bytes - 8) != head.crc32c) return finish(End::kBroken);
    offset_ += head.bytes;
    return Record(rest.first(head.bytes));
  }
  [[nodiscard]] End end() const noexcept { return end_; }
  [[nodiscard]] std::size_t offset() const noexcept { return offset_; }  // behind the last whole record

 private:
  std::nullopt_t finish(End end) noexcept {
    end_ = end;
    return std::nullopt;
  }
  std::span<const std::byte> bytes_;
  std::size_t offset_ = 0;
  End end_ = End::kNone;
};

class PredictionView {
 public:
  static std::optional<PredictionView> of(const Record& record) noexcept {
    const auto body = record.type() == RecordType::kPrediction ? record.body<PredictionBody>() : std::nullopt;
    if (!body) return std::nullopt;
    const PredictionParts parts = parts_of(*body);
    if (parts.total > record.bytes().size()) return std::nullopt;
    return PredictionView(record, *body, parts);
  }

  [[nodiscard]] const RecordHead& head() const noexcept { return head_; }
  [[nodiscard]] const PredictionBody& body() const noexcept { return body_; }

  // REQUIRES of all that follow: the index is below the body's count.
  [[nodiscard]] bool filled(std::uint32_t field) const noexcept { return bit(0, field); }
  [[nodiscard]] bool unknown(std::uint32_t field) const noexcept { return bit(1, field); }
  [[nodiscard]] bool clamped(std::uint32_t field) const noexcept { return bit(2, field); }
  [[nodiscard]] CellTag tag(std::uint32_t field) const noexcept { return static_cast<CellTag>(bytes_[parts_.tags + field]); }
  [[nodiscard]] std::uint64_t cell(std::uint32_t field) const noexcept { return load<std::uint64_t>(parts_.cells + field * 8u); }
  [[nodiscard]] double number(std::uint32_t field) const noexcept { return load<double>(parts_.cells + field * 8u); }
  // Of a text, a mask or a pseudonym. None: the tag is another, or it points outside.
  [[nodiscard]] std::optional<std::string_view> text(std::uint32_t field) const noexcept {
    const CellTag kind = tag(field);
    if (kind != CellTag::kText && kind != CellTag::kMasked && kind != CellTag::kPseudonym) return std::nullopt;
    const std::uint64_t where = cell(field);
    return text_at(static_cast<std::uint32_t>(where), where >> 32);
  }
  [[nodiscard]] double value(std::uint32_t index) const noexcept { return output(parts_.values, index); }
  [[nodiscard]] double margin(std::uint32_t index) const noexcept { return output(parts_.margins, index); }
  [[nodiscard]] double feature(std::uint32_t index) const noexcept {
    return (body_.flags & kFeaturesFloat64) != 0 ? load<double>(parts_.features + index * 8u)
                                                 : load<float>(parts_.features + index * 4u);
  }
  [[nodiscard]] ErrorEntry error(std::uint32_t index) const noexcept {
    return load<ErrorEntry>(parts_.errors + index * sizeof(ErrorEntry));
  }
  [[nodiscard]] std::string_view error_name(const ErrorEntry& error) const noexcept {
    return text_at(error.name_offset, error.name_bytes).value_or(std::string_view());
  }

  // The encrypted part, and the body that is bound to it.
  [[nodiscard]] std::span<const std::byte> sealed() const noexcept { return bytes_.subspan(parts_.sealed, body_.sealed_bytes); }
  [[nodiscard]] std::span<const std::byte> body_bytes() const noexcept {
    return bytes_.subspan(sizeof(RecordHead), sizeof(PredictionBody));
  }

  [[nodiscard]] std::string_view request_id() const noexcept { return id(0, body_.request_id_bytes); }
  [[nodiscard]] std::string_view user() const noexcept { return id(body_.request_id_bytes, body_.user_bytes); }
  [[nodiscard]] std::string_view trace_id() const noexcept {
    return id(body_.request_id_bytes + body_.user_bytes, body_.trace_id_bytes);
  }
  [[nodiscard]] std::string_view caller_name() const noexcept {
    return id(body_.request_id_bytes + body_.user_bytes + body_.trace_id_bytes, body_.caller_name_bytes);
  }
  [[nodiscard]] std::string_view origin() const noexcept {
    return id(body_.request_id_bytes + body_.user_bytes + body_.trace_id_bytes + body_.caller_name_bytes, body_.origin_bytes);
  }
  [[nodiscard]] std::string_view asked() const noexcept {
    return id(static_cast<std::uint32_t>(parts_.text - parts_.ids) - body_.asked_bytes, body_.asked_bytes);
  }

 private:
  PredictionView(const Record& record, const PredictionBody& body, const PredictionParts& parts) noexcept
      : head_(record.head()), body_(body), parts_(parts), bytes_(record.bytes()) {}

  template <class T>
  [[nodiscard]] T load(std::uint64_t offset) const noexcept {
    T value;
    std::memcpy(&value, bytes_.data() + offset, sizeof value);
    return value;
  }
  [[nodiscard]] bool bit(std::uint32_t kind, std::uint32_t field) const noexcept {
    return (load<std::uint64_t>(parts_.bitmaps + (kind * parts_.words + field / 64) * 8u) >> (field % 64) & 1) != 0;
  }
  [[nodiscard]] double output(std::uint64_t begin, std::uint32_t index) const noexcept {
    return (body_.flags & kOutputFloat64) != 0 ? load<double>(begin + index * 8u) : load<float>(begin + index * 4u);
  }
  [[nodiscard]] std::string_view id(std::uint32_t offset, std::uint32_t bytes) const noexcept {
    return {reinterpret_cast<const char*>(bytes_.data() + parts_.ids + offset), bytes};
  }
  [[nodiscard]] std::optional<std::string_view> text_at(std::uint64_t offset, std::uint64_t bytes) const noexcept {
    if (offset + bytes > body_.text_bytes) return std::nullopt;  // 32 bits each: no wrap
    return std::string_view(reinterpret_cast<const char*>(bytes_.data() + parts_.text + offset), bytes);
  }

  RecordHead head_;
  PredictionBody body_;
  PredictionParts parts_;
  std::span<const std::byte> bytes_;
};

// Calls `each(kind, entry, name)` for the names of a version record: 'v' version, 't' task, then 'f' fields, 'x' features, 'c' classes, in order.
// False: the record is none, or contradicts itself.
template <class Each>
bool read_version(const Record& record, Each&& each) {
  const auto body = record.type() == RecordType::kVersion ? record.body<VersionBody>() : std::nullopt;
  if (!body) return false;
  const std::uint64_t entries = std::uint64_t{body->fields} + body->features + body->classes;
  const std::uint64_t at = sizeof(RecordHead) + sizeof(VersionBody), size = record.bytes().size();
  std::uint64_t text = at + entries * sizeof(NameEntry);
  const auto take = [&](char kind, NameEntry entry) {
    if (text + entry.bytes > size) return false;
    each(kind, entry, std::string_view(reinterpret_cast<const char*>(record.bytes().data() + text), entry.bytes));
    text += entry.bytes;
    return true;
  };
  if (text > size || !take('v', {.bytes = body->version_bytes, .type = 0, .privacy = 0, .keep = 0, .meta = 0}) ||
      !take('t', {.bytes = body->task_bytes, .type = 0, .privacy = 0, .keep = 0, .meta = 0})) {
    return false;
  }
  for (std::uint64_t i = 0; i < entries; ++i) {
    NameEntry entry;
    std::memcpy(&entry, record.bytes().data() + at + i * sizeof entry, sizeof entry);
    if (!take(i < body->fields ? 'f' : i < std::uint64_t{body->fields} + body->features ? 'x' : 'c', entry)) return false;
  }
  return true;
}

}  // namespace ringside::journal
