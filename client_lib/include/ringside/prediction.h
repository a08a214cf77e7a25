// What comes back: a status a row and, where it is ok, numbers with the version that gave them.
//
//   if (answer.ok()) use(answer.score());
//   else for (const FieldError& error : answer.errors()) report(error.field, error.message);
//
// An answer owns its memory: it outlives the client and the version. Reused in predict(…, out), it stops allocating once it has
// grown to the size of the answers. Views (string_view, FieldNames) are valid until the answer is reused or destroyed.
//
// Thread safety: reading from several threads is safe, reuse is not. Cost: accessors read memory; errors() allocates.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <ringside/schema.h>
#include <ringside/status.h>

namespace ringside {

namespace detail {
struct Answer;
struct AnswerAccess;
}  // namespace detail

// Never holds the value that was sent.
struct FieldError {
  std::string field;  // empty: the error concerns the row or the call as a whole
  FieldCode code = FieldCode::kNone;
  std::string message;  // "expected int, got string"
};

// As training named it. kNone where the model has no classes or the row no answer.
struct Label {
  enum class Kind : std::uint8_t { kNone, kInt, kText };
  Kind kind = Kind::kNone;
  std::int64_t number = 0;
  std::string_view text;
  std::size_t index = 0;  // in VersionInfo::classes
};

// A set of fields of the version that answered: iterates over their names.
class FieldNames {
 public:
  class Iterator {
   public:
    using value_type = std::string_view;
    using difference_type = std::ptrdiff_t;
    using iterator_category = std::forward_iterator_tag;

    Iterator() = default;
    Iterator(const FieldNames* names, std::size_t index) noexcept : names_(names), index_(index) { skip(); }
    std::string_view operator*() const noexcept { return names_->version_->fields[index_].name; }
    [[nodiscard]] std::size_t index() const noexcept { return index_; }
    Iterator& operator++() noexcept {
      ++index_;
      skip();
      return *this;
    }
    Iterator operator++(int) noexcept {
      Iterator before = *this;
      ++*this;
      return before;
    }
    bool operator==(const Iterator& other) const noexcept { return index_ == other.index_; }

   private:
    void skip() noexcept {
      while (index_ < names_->fields_ && !names_->has(index_)) ++index_;
    }
    const FieldNames* names_ = nullptr;
    std::size_t index_ = 0;
  };

  FieldNames() = default;
  FieldNames(const std::uint64_t* words, std::size_t fields, const VersionInfo* version) noexcept
      : words_(words), fields_(fields), version_(version) {}

  [[nodiscard]] Iterator begin() const noexcept { return {this, 0}; }
  [[nodiscard]] Iterator end() const noexcept { return {this, fields_}; }
  // By index in VersionInfo::fields. REQUIRES: index < its size.
  [[nodiscard]] bool has(std::size_t index) const noexcept { return (words_[index / 64] >> (index % 64) & 1) != 0; }
  [[nodiscard]] std::size_t size() const noexcept { return static_cast<std::size_t>(std::distance(begin(), end())); }
  [[nodiscard]] bool empty() const noexcept { return begin() == end(); }

 private:
  const std::uint64_t* words_ = nullptr;
  std::size_t fields_ = 0;
  const VersionInfo* version_ = nullptr;
};

// As the engine measured them; zero where it did not answer. `total` runs from seeing the request to releasing the answer.
struct Timings {
  std::chrono::nanoseconds queue{}, decode{}, preprocess{}, forest{}, total{};
};

// One row of an answer: a view, valid as long as the Prediction or BatchResult it comes from.
class RowAnswer {
 public:
  RowAnswer() = default;

  [[nodiscard]] Status status() const noexcept;
  [[nodiscard]] bool ok() const noexcept { return status() == Status::kOk; }
  [[nodiscard]] Reason reason() const noexcept;
  [[nodiscard]] bool said_by_engine() const noexcept;
  [[nodiscard]] Arm arm() const noexcept;

  // The row has no score for no fault of its caller, and score() is CallOptions::fallback instead: no model gave it. The status still tells
  // the truth, and is never ok.
  [[nodiscard]] bool is_fallback() const noexcept;
  // Of a row that a limit rejected: when there is room again. Zero: nobody can say.
  [[nodiscard]] std::chrono::microseconds retry_after() const noexcept;

  // Binary models: the probability of the second class. Otherwise the first value. Where status is not ok: NaN, or the fallback value.
  [[nodiscard]] double score() const noexcept;

  // A float32 widened to double keeps its bits; is_float64() says which one the model gives.
  [[nodiscard]] std::size_t values() const noexcept;
  [[nodiscard]] double value(std::size_t index) const noexcept;  // REQUIRES: index < values()
  [[nodiscard]] std::size_t margins() const noexcept;
  [[nodiscard]] double margin(std::size_t index = 0) const noexcept;  // NaN if there is none
  [[nodiscard]] bool is_float64() const noexcept;

  // By class: for a binary model 1 - score and score, in the model's own width; for a multi-class model its values; else none.
  [[nodiscard]] std::size_t probabilities() const noexcept;
  [[nodiscard]] double probability(std::size_t class_index) const noexcept;

  [[nodiscard]] Label label() const noexcept;

  // Empty unless asked for with return_features. feature64() has every bit of what the model read: a float32 widened to double,
  // where features_float64() does not say that it reads doubles. feature() is the same rounded to float32.
  [[nodiscard]] std::size_t features() const noexcept;
  [[nodiscard]] float feature(std::size_t index) const noexcept;
  [[nodiscard]] double feature64(std::size_t index) const noexcept;
  [[nodiscard]] bool features_float64() const noexcept;

  // 16 bytes that name what the row held when it was scored: equal for equal values, under a key of the engine's
  // (input_digest.key_file; else one a start). Empty unless asked for with return_input_digest, and where status is not ok.
  [[nodiscard]] std::span<const std::byte> input_digest() const noexcept;

  // Of fields by name: filled as the schema says, unseen categories, clamped to bounds.
  [[nodiscard]] FieldNames filled() const noexcept;
  [[nodiscard]] FieldNames unknown() const noexcept;
  [[nodiscard]] FieldNames clamped() const noexcept;

  // All that is wrong with the row (32 at most), or with the call if the call as a whole was refused.
  [[nodiscard]] std::vector<FieldError> errors() const;
  // One line for a person when the status is not ok: what happened and what to do next; of an invalid row, its first error.
  [[nodiscard]] std::string explanation() const;

  // As it was given, or the UUID that was made. Empty only for a call whose ids are not known any more: submit() refused it, or it
  // was waited for before.
  [[nodiscard]] std::string_view request_id() const noexcept;

  // The version that answered; empty and null when none did.
  [[nodiscard]] std::string_view version() const noexcept;
  [[nodiscard]] const VersionInfo* version_info() const noexcept;

  [[nodiscard]] Timings timings() const noexcept;

 protected:
  friend struct detail::AnswerAccess;
  const detail::Answer* answer_ = nullptr;
  std::uint32_t row_ = 0;
};

// The answer to one row. An empty one (no call made yet) has status fail.
class Prediction : public RowAnswer {
 public:
  Prediction();
  Prediction(Prediction&&) noexcept;
  Prediction& operator=(Prediction&&) noexcept;
  ~Prediction();

 private:
  friend struct detail::AnswerAccess;
  std::unique_ptr<detail::Answer> owned_;
};

// The answer to a batch.
class BatchResult {
 public:
  BatchResult();
  BatchResult(BatchResult&&) noexcept;
  BatchResult& operator=(BatchResult&&) noexcept;
  ~BatchResult();

  // The call as a whole: ok when each row has its own status; else it is every row's, and call().errors() says what is wrong.
  [[nodiscard]] Status status() const noexcept;
  [[nodiscard]] RowAnswer call() const noexcept;

  // As many rows as were sent.
  [[nodiscard]] std::size_t rows() const noexcept;
  [[nodiscard]] RowAnswer row(std::size_t index) const noexcept;  // REQUIRES: index < rows()

 private:
  friend struct detail::AnswerAccess;
  std::unique_ptr<detail::Answer> owned_;
};

}  // namespace ringside
