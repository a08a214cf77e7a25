#include "tools/gateway/infer_request.h"

#include <charconv>
#include <utility>

#include "schemas/wire/limits.h"
#include "tools/json_rows/json_scanner.h"
#include "tools/json_rows/row_reader.h"

namespace ringside::gateway {
namespace {

static_assert(kInputsMax == wire::kColumnsMax);

// A member of an object that is known by name: read once, else the key is there twice.
class Once {
 public:
  [[nodiscard]] bool take() { return !std::exchange(taken_, true); }
  [[nodiscard]] bool taken() const noexcept { return taken_; }

 private:
  bool taken_ = false;
};

// Reads the JSON; the state of one read_infer_request().
class BodyReader {
 public:
  BodyReader(std::string_view json, std::string_view binary, bool has_header)
      : json_(json), scan_(json), binary_(binary), has_header_(has_header) {}

  Result<InferRequest, std::string> read() {
    if (const std::size_t bad = find_bad_utf8(json_); bad != std::string_view::npos)
      return ringside::fail("the JSON is no valid UTF-8 at byte " + std::to_string(bad));
    const bool read = object([this](std::string_view key) { return member(key); });
    if (read && !scan_.at_end()) (void)scan_.fail("nothing after the object");
    if (problem_.empty() && !scan_.problem().empty()) problem_ = "the body: " + scan_.problem();
    if (problem_.empty() && !inputs_.taken()) problem_ = "inputs: required";
    if (problem_.empty() && !binary_.empty())
      problem_ = std::to_string(binary_.size()) + " bytes behind the last input's are nobody's";
    if (!problem_.empty()) return ringside::fail(std::move(problem_));
    return std::move(request_);
  }

 private:
  bool fail(std::string why) {
    if (problem_.empty()) problem_ = where_ + std::move(why);
    return false;
  }

  // {"key": member(key), …}: the callable reads the value.
  template <class Member>
  bool object(const Member& member) {
    if (!scan_.expect('{')) return false;
    if (scan_.accept('}')) return true;
    do {
      std::string scratch;
      std::string_view key;
      if (!scan_.text(scratch, key, "a key") || !scan_.expect(':') || !member(key)) return false;
    } while (scan_.accept(','));
    return scan_.expect_closing('}');
  }

  template <class Element>
  bool array(const Element& element) {
    if (!scan_.expect('[')) return false;
    if (scan_.accept(']')) return true;
    do {
      if (!element()) return false;
    } while (scan_.accept(','));
    return scan_.expect_closing(']');
  }

  bool member(std::string_view key) {
    // Some clients write null for what they leave out.
    if (scan_.peek() == 'n' && (key == "id" || key == "parameters" || key == "outputs")) return scan_.word("null");
    if (key == "id") return (id_.take() || fail("id: given twice")) && text(request_.id, "id");
    if (key == "parameters") return object([this](std::string_view parameter_name) { return parameter(parameter_name); });
    if (key == "inputs") return (inputs_.take() || fail("inputs: given twice")) && array([this] { return input(); });
    if (key == "outputs") return (outputs_.take() || fail("outputs: given twice")) && array([this] { return output(); });
    return scan_.skip_nested();
  }

  bool text(std::string& out, std::string_view what) {
    std::string scratch;
    std::string_view value;
    if (!scan_.text(scratch, value, what)) return false;
    out = value;
    return true;
  }

  bool flag(bool& out) {
    out = scan_.peek() == 't';
    return scan_.word(out ? "true" : "false");
  }

  bool whole(std::uint64_t& out, std::string_view what) {
    std::string_view digits;
    if (!scan_.number(digits)) return false;
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    return (error == std::errc{} && stop == digits.data() + digits.size()) ||
           fail(std::string(what) + ": expected a whole number from 0 on");
  }

  bool parameter(std::string_view name) {
    if (name == "binary_data_output") return flag(request_.binary_outputs);
    if (name == "label") return text(request_.label, "label");
    if (name == "user_id") return text(request_.user_id, "user_id");
    if (name == "timeout") {
      std::uint64_t us = 0;
      if (!whole(us, "parameters.timeout")) return false;
      constexpr std::uint64_t kMost = 3'600'000'000;
      request_.timeout_us = static_cast<std::int64_t>(us);
      return us <= kMost || fail("parameters.timeout: at most " + std::to_string(kMost) + " us");
    }
    if (name.starts_with("sequence_")) return fail("parameters." + std::string(name) + ": there are no sequences here");
    return scan_.skip_nested();
  }

  bool input() {
    const std::size_t index = request_.inputs.size();
    where_ = "inputs[" + std::to_string(index) + "]: ";
    if (index == kInputsMax) return fail("more than " + std::to_string(kInputsMax) + " inputs");
    Tensor& tensor = request_.inputs.emplace_back();
    Once name, datatype, shape, data;
    std::string_view values;
    std::optional<std::uint64_t> binary_bytes;
    const bool read = object([&](std::string_view key) {
      if (key == "name") return (name.take() || fail("name: given twice")) && text(tensor.name, "name");
      if (key == "datatype") return (datatype.take() || fail("datatype: given twice")) && read_datatype(tensor);
      if (key == "shape") return (shape.take() || fail("shape: given twice")) && read_shape(tensor);
      if (key == "parameters")
        return object([&](std::string_view parameter) { return input_parameter(parameter, binary_bytes); });
      if (key != "data") return scan_.skip_nested();
      if (!data.take()) return fail("data: given twice");
      const std::size_t begin = scan_.offset();  // read when datatype and shape are known, which may stand behind it
      if (!scan_.skip_nested()) return false;
      values = json_.substr(begin, scan_.offset() - begin);
      return true;
    });
    if (!read) return false;
    if (!name.taken() || !datatype.taken() || !shape.taken()) return fail("name, datatype and shape are required");
    where_ = "inputs[" + std::to_string(index) + "] '" + tensor.name + "': ";
    if (data.taken() == binary_bytes.has_value()) return fail("either data or binary_data_size is required");
    std::string wrong;
    if (binary_bytes) {
      if (!has_header_) return fail("binary_data_size without the header Inference-Header-Content-Length");
      if (*binary_bytes > binary_.size()) return fail("binary_data_size is more than there is behind the JSON");
      wrong = read_binary_values(binary_.substr(0, *binary_bytes), tensor);
      binary_.remove_prefix(*binary_bytes);
    } else {
      wrong = read_json_values(values, tensor, request_.unescaped);
    }
    if (!wrong.empty()) return fail(std::move(wrong));
    where_.clear();
    return true;
  }

  bool read_datatype(Tensor& tensor) {
    std::string word;
    if (!text(word, "datatype")) return false;
    const auto datatype = datatype_of(word);
    if (datatype) tensor.datatype = *datatype;
    return datatype || fail("datatype '" + word + "' is none of BOOL, [U]INT8 to 64, FP16, FP32, FP64, BYTES");
  }

  bool read_shape(Tensor& tensor) {
    return array([this, &tensor] {
      return (tensor.shape.size() < kRankMax || fail("shape: more than " + std::to_string(kRankMax) + " dimensions")) &&
             whole(tensor.shape.emplace_back(), "shape");
    });
  }

  bool input_parameter(std::string_view name, std::optional<std::uint64_t>& binary_bytes) {
    if (name == "binary_data_size") return whole(binary_bytes.emplace(), "binary_data_size");
    if (name.starts_with("shared_memory_")) {
      return fail(std::string(name) +
                  ": tensors do not travel through shared memory here; a program on this host links the client library");
    }
    return scan_.skip_nested();
  }

  bool output() {
    where_ = "outputs[" + std::to_string(request_.outputs.size()) + "]: ";
    if (request_.outputs.size() == 64) return fail("more than 64 outputs");
    WantedOutput& output = request_.outputs.emplace_back();
    Once name;
    const bool read = object([&](std::string_view key) {
      if (key == "name") return (name.take() || fail("name: given twice")) && text(output.name, "name");
      if (key != "parameters") return scan_.skip_nested();
      return object([&](std::string_view parameter) {
        if (parameter == "binary_data") return flag(output.binary.emplace());
        if (parameter == "classification" || parameter.starts_with("shared_memory_"))
          return fail(std::string(parameter) + ": not supported");
        return scan_.skip_nested();
      });
    });
    if (!read) return false;
    if (!name.taken()) return fail("name: required");
    where_.clear();
    return true;
  }

  std::string_view json_;
  JsonScanner scan_;
  std::string_view binary_;
  bool has_header_;
  InferRequest request_;
  Once id_, inputs_, outputs_;
  std::string where_, problem_;
};

}  // namespace

Result<InferRequest, std::string> read_infer_request(std::string_view body, std::optional<std::size_t> header_bytes) {
  if (header_bytes && *header_bytes > body.size())
    return fail(std::string("Inference-Header-Content-Length is more than the body has"));
  const std::size_t json_bytes = header_bytes.value_or(body.size());
  return BodyReader(body.substr(0, json_bytes), body.substr(json_bytes), header_bytes.has_value()).read();
}

}  // namespace ringside::gateway
