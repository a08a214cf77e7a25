#include "tools/ship/columns.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <optional>
#include <vector>

#include "tools/json_rows/result_writer.h"

namespace ringside::ship {
namespace {

// How a store spells what is no number.
struct Spelling {
  std::string_view nan, infinity, minus_infinity;
};
// Quoted: 18.16 takes a bare nan for the beginning of null, and today's release reads null as 0.
constexpr Spelling kClickHouse{"\"nan\"", "\"inf\"", "\"-inf\""}, kPostgresql{"NaN", "Infinity", "-Infinity"};

// Shortest text that reads back to the same float64; a float32 is widened first, so that the store's column holds it exactly.
void append_double(std::string& out, double value, const Spelling& spelling) {
  if (std::isnan(value)) {
    out += spelling.nan;
  } else if (std::isinf(value)) {
    out += value < 0 ? spelling.minus_infinity : spelling.infinity;
  } else {
    char digits[32];
    out.append(digits, std::to_chars(digits, digits + sizeof digits, value).ptr);
  }
}

class NameList {
 public:
  template <class T>
  void add(std::string_view name, const T& /*value*/) {
    if (!list.empty()) list += ", ";
    ((list += '"') += name) += '"';
  }
  template <class T>
  void count(std::string_view name, const T& value) {
    add(name, value);
  }
  template <class T>
  void bits(std::string_view name, const T& value) {
    add(name, value);
  }
  template <class T>
  void flag(std::string_view name, const T& value) {
    add(name, value);
  }
  template <class T>
  void text(std::string_view name, const T& value) {
    add(name, value);
  }
  template <class T>
  void json(std::string_view name, const T& value) {
    add(name, value);
  }
  template <class T>
  void number(std::string_view name, const T& value) {
    add(name, value);
  }
  template <class T>
  void numbers(std::string_view name, const T& value) {
    add(name, value);
  }
  template <class T>
  void texts(std::string_view name, const T& value) {
    add(name, value);
  }
  template <class T>
  void optional_count(std::string_view name, const T& value) {
    add(name, value);
  }
  template <class T>
  void optional_text(std::string_view name, const T& value) {
    add(name, value);
  }
  template <class T>
  void optional_number(std::string_view name, const T& value) {
    add(name, value);
  }

  std::string list;
};

// An object a line: text that is absent is empty, as ClickHouse likes it (a Nullable column costs a second file).
class JsonColumns {
 public:
  explicit JsonColumns(std::string& out) : out_(out) { out_ += '{'; }
  void count(std::string_view name, std::uint64_t value) { at(name) += std::to_string(value); }
  void bits(std::string_view name, std::uint64_t value) { count(name, value); }
  void flag(std::string_view name, bool value) { at(name) += value ? '1' : '0'; }
  void text(std::string_view name, std::string_view value) { append_json_text(at(name), value); }
  void json(std::string_view name, std::string_view value) { text(name, value); }
  void number(std::string_view name, double value) { append_double(at(name), value, kClickHouse); }
  void optional_count(std::string_view name, std::optional<std::uint32_t> value) {
    at(name) += value ? std::to_string(*value) : "null";
  }
  void optional_text(std::string_view name, const std::optional<std::string>& value) {
    value ? text(name, *value) : void(at(name) += "null");
  }
  void optional_number(std::string_view name, std::optional<double> value) {
    value ? number(name, *value) : void(at(name) += "null");
  }
  void numbers(std::string_view name, const std::vector<double>& values) {
    each(name, values, [this](double value) { append_double(out_, value, kClickHouse); });
  }
  void texts(std::string_view name, const std::vector<std::string>& values) {
    each(name, values, [this](const std::string& value) { append_json_text(out_, value); });
  }
  void close() { out_ += "}\n"; }

 private:
  std::string& at(std::string_view name) {
    if (!first_) out_ += ',';
    first_ = false;
    return ((out_ += '"') += name) += "\":";
  }
  template <class T, class Append>
  void each(std::string_view name, const std::vector<T>& values, const Append& append) {
    at(name) += '[';
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i != 0) out_ += ',';
      append(values[i]);
    }
    out_ += ']';
  }

  std::string& out_;
  bool first_ = true;
};

class CopyColumns {
 public:
  explicit CopyColumns(std::string& out) : out_(out) {}
  void count(std::string_view, std::uint64_t value) { field() += std::to_string(value); }
  // PostgreSQL has no unsigned integers: the same 64 bits, read as signed.
  void bits(std::string_view, std::uint64_t value) { field() += std::to_string(static_cast<std::int64_t>(value)); }
  void flag(std::string_view, bool value) { field() += value ? 't' : 'f'; }
  void text(std::string_view, std::string_view value) { value.empty() ? void(field() += "\\N") : escaped(field(), value); }
  void json(std::string_view, std::string_view value) { escaped(field(), value); }
  void number(std::string_view, double value) { append_double(field(), value, kPostgresql); }
  void optional_count(std::string_view, std::optional<std::uint32_t> value) { field() += value ? std::to_string(*value) : "\\N"; }
  void optional_text(std::string_view, const std::optional<std::string>& value) {
    value ? escaped(field(), *value) : void(field() += "\\N");
  }
  void optional_number(std::string_view name, std::optional<double> value) {
    value ? number(name, *value) : void(field() += "\\N");
  }
  void numbers(std::string_view, const std::vector<double>& values) {
    field() += '{';
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i != 0) out_ += ',';
      append_double(out_, values[i], kPostgresql);
    }
    out_ += '}';
  }
  void texts(std::string_view, const std::vector<std::string>& values) {
    std::string array = "{";
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i != 0) array += ',';
      array += '"';
      for (const char c : values[i]) {
        if (c == '"' || c == '\\') array += '\\';
        array += c;
      }
      array += '"';
    }
    escaped(field(), array += '}');
  }
  void close() { out_ += '\n'; }

 private:
  std::string& field() {
    if (!first_) out_ += '\t';
    first_ = false;
    return out_;
  }
  static void escaped(std::string& out, std::string_view text) {
    for (const char c : text) {
      if (c == '\\' || c == '\t' || c == '\n' || c == '\r') {
        out += '\\';
        out += c == '\t' ? 't' : c == '\n' ? 'n' : c == '\r' ? 'r' : '\\';
      } else {
        out += c;
      }
    }
  }

  std::string& out_;
  bool first_ = true;
};

}  // namespace

std::string column_list() {
  NameList names;
  put_columns(Row(), names);
  return names.list;
}

void append_clickhouse_line(std::string& out, const Row& row) {
  JsonColumns columns(out);
  put_columns(row, columns);
  columns.close();
}

void append_copy_line(std::string& out, const Row& row) {
  CopyColumns columns(out);
  put_columns(row, columns);
  columns.close();
}

}  // namespace ringside::ship
