#include "tools/gateway/infer_response.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "tools/json_rows/result_writer.h"

namespace ringside::gateway {
namespace {

constexpr std::string_view kRowsOwn[] = {"status", "version", "arm", "request_id"};

Datatype label_type(const VersionInfo& version) {
  return std::ranges::any_of(version.classes, &VersionInfo::Class::is_text) ? Datatype::kBytes : Datatype::kInt64;
}

double number_of(const RowAnswer& row, std::string_view output, std::uint64_t column) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  if (!row.ok()) return kNone;
  if (output == "probabilities") return column < row.probabilities() ? row.probability(column) : kNone;
  if (output == "margin") return row.margin(column);
  return column < row.values() ? row.value(column) : kNone;
}

std::string text_of(const RowAnswer& row, std::string_view output) {
  if (output == "status") return std::string(name(row.status()));
  if (output == "version") return std::string(row.version());
  if (output == "arm") return std::string(name(row.arm()));
  if (output == "request_id") return std::string(row.request_id());
  const Label label = row.label();
  if (label.kind == Label::Kind::kInt) return std::to_string(label.number);  // beside classes that are text
  return std::string(label.text);
}

std::int64_t label_number(const RowAnswer& row) {
  const Label label = row.label();
  return label.kind == Label::Kind::kInt ? label.number : 0;
}

// Calls `put_text`, `put_whole` or `put_number` for each element, row-major.
template <class Text, class Whole, class Number>
void each_element(const BatchResult& answers, const OutputSpec& spec, const Text& put_text, const Whole& put_whole,
                  const Number& put_number) {
  for (std::size_t i = 0; i < answers.rows(); ++i) {
    const RowAnswer row = answers.row(i);
    if (spec.datatype == Datatype::kBytes) {
      put_text(text_of(row, spec.name));
    } else if (spec.datatype == Datatype::kInt64) {
      put_whole(label_number(row));
    } else {
      for (std::uint64_t column = 0; column < std::max<std::uint64_t>(spec.width, 1); ++column)
        put_number(number_of(row, spec.name, column));
    }
  }
}

void append_json_data(std::string& out, const BatchResult& answers, const OutputSpec& spec) {
  const auto comma = [&out] {
    if (out.back() != '[') out += ',';
  };
  each_element(
      answers, spec,
      [&](const std::string& text) {
        comma();
        append_json_text(out, text);
      },
      [&](std::int64_t number) {
        comma();
        out += std::to_string(number);
      },
      [&](double number) {
        comma();
        append_json_float(out, number, spec.datatype == Datatype::kFp64);
      });
}

template <class T>
void append_bytes(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void append_binary_data(std::string& out, const BatchResult& answers, const OutputSpec& spec) {
  each_element(
      answers, spec,
      [&](const std::string& text) {
        append_bytes(out, static_cast<std::uint32_t>(text.size()));
        out += text;
      },
      [&](std::int64_t number) { append_bytes(out, number); },
      [&](double number) {
        spec.datatype == Datatype::kFp64 ? append_bytes(out, number) : append_bytes(out, static_cast<float>(number));
      });
}

}  // namespace

std::vector<OutputSpec> outputs_of(const VersionInfo& version) {
  const Datatype number = version.is_float64 ? Datatype::kFp64 : Datatype::kFp32;
  const std::uint64_t values = version.values_per_row, margins = version.margins_per_row;
  std::vector<OutputSpec> outputs;
  if (version.kind == ModelKind::kMulticlass) {
    outputs.push_back({"probabilities", number, values});
  } else if (values == 1) {
    outputs.push_back({"score", number, 0});
    if (version.kind == ModelKind::kBinary) outputs.push_back({"probabilities", number, 2});
  } else {
    outputs.push_back({"values", number, values});
  }
  if (!version.classes.empty()) outputs.push_back({"label", label_type(version), 0});
  if (margins != 0) outputs.push_back({"margin", number, margins == 1 && version.kind != ModelKind::kMulticlass ? 0 : margins});
  return outputs;
}

std::optional<OutputSpec> output_named(const VersionInfo& version, std::string_view name) {
  for (const OutputSpec& spec : outputs_of(version)) {
    if (spec.name == name) return spec;
  }
  for (const std::string_view own : kRowsOwn) {
    if (own == name) return OutputSpec{own, Datatype::kBytes, 0};
  }
  return std::nullopt;
}

Response infer_response(const BatchResult& answers, const VersionInfo& version, const InferRequest& request,
                        const InferEcho& echo) {
  struct Output {
    OutputSpec spec;
    bool binary;
  };
  std::vector<Output> outputs;
  for (const WantedOutput& wanted : request.outputs) {
    if (const auto spec = output_named(version, wanted.name))
      outputs.push_back({*spec, wanted.binary.value_or(request.binary_outputs)});
  }
  if (request.outputs.empty()) {
    for (const OutputSpec& spec : outputs_of(version)) outputs.push_back({spec, request.binary_outputs});
  }
  std::string json = "{\"model_name\":", binary;
  append_json_text(json, echo.model);
  json += ",\"model_version\":";
  append_json_text(json, version.name);
  json += ",\"id\":";
  append_json_text(json, echo.id);
  json += ",\"outputs\":[";
  bool any_binary = false;
  for (const Output& output : outputs) {
    if (json.back() != '[') json += ',';
    json += "{\"name\":\"" + std::string(output.spec.name) + "\",\"datatype\":\"" + std::string(name(output.spec.datatype)) +
            "\",\"shape\":[" + std::to_string(answers.rows());
    if (output.spec.width != 0) json += ',' + std::to_string(output.spec.width);
    if (output.binary) {
      any_binary = true;
      const std::size_t before = binary.size();
      append_binary_data(binary, answers, output.spec);
      json += "],\"parameters\":{\"binary_data_size\":" + std::to_string(binary.size() - before) + "}}";
    } else {
      json += "],\"data\":[";
      append_json_data(json, answers, output.spec);
      json += "]}";
    }
  }
  json += "]}";
  Response response{.status = 200, .body = std::move(json)};
  if (any_binary) {
    response.headers.emplace_back("Inference-Header-Content-Length", std::to_string(response.body.size()));
    response.content_type = "application/octet-stream";
    response.body += binary;
  }
  return response;
}

}  // namespace ringside::gateway
