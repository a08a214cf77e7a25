#include "tools/gateway/infer_rows.h"

#include <algorithm>

#include "schemas/wire/limits.h"

namespace ringside::gateway {
namespace {

bool has_field(const VersionInfo& version, std::string_view name) {
  return std::ranges::any_of(version.fields, [&](const VersionInfo::Field& field) { return field.name == name; });
}

std::string shape_text(const Tensor& tensor) {
  std::string text = "[";
  for (const std::uint64_t size : tensor.shape) text += (text.size() > 1 ? "," : "") + std::to_string(size);
  return text + "]";
}

}  // namespace

Result<InferRows, std::string> InferRows::bind(const InferRequest& request, const VersionInfo& version) {
  InferRows rows;
  rows.request_ = &request;
  for (const VersionInfo::Field& field : version.fields) {
    if (field.dtype == Dtype::kInt || field.dtype == Dtype::kFloat) rows.matrix_fields_.push_back(field.name);
  }
  std::optional<std::uint64_t> count;
  for (const Tensor& tensor : request.inputs) {
    const auto wrong = [&tensor](const std::string& why) {
      return fail("input '" + tensor.name + "' of shape " + shape_text(tensor) + ": " + why);
    };
    const bool is_field = has_field(version, tensor.name);
    const std::size_t rank = tensor.shape.size();
    if (rank != 1 && rank != 2)
      return wrong("a field is [n] or [n,1], a matrix of the numeric fields [n," + std::to_string(rows.matrix_fields_.size()) +
                   "]");
    if (rank == 2 && !is_field && is_floating(tensor.datatype)) {
      if (rows.matrix_ != nullptr) return wrong("a second matrix");
      if (tensor.shape[1] != rows.matrix_fields_.size()) {
        return wrong("it is no field of " + version.name + ", and that version has " +
                     std::to_string(rows.matrix_fields_.size()) + " numeric fields");
      }
      rows.matrix_ = &tensor;
    } else if (rank == 2 && tensor.shape[1] != 1) {
      return wrong("a field is [n] or [n,1]");
    } else if (!is_field && tensor.name == "request_id" && tensor.datatype == Datatype::kBytes) {
      if (rows.ids_ != nullptr) return wrong("given twice");
      rows.ids_ = &tensor;
    }
    if (count && *count != tensor.shape[0]) return wrong("the inputs before it have " + std::to_string(*count) + " rows");
    count = tensor.shape[0];
  }
  rows.rows_ = count.value_or(0);
  return rows;
}

void InferRows::fill(Batch& batch, std::string_view id) const {
  for (const Tensor& tensor : request_->inputs) {
    if (&tensor == ids_) {
      for (std::size_t row = 0; row < rows_; ++row) batch.set_request_id(row, tensor.texts[row]);
    } else if (&tensor == matrix_) {
      const std::size_t width = matrix_fields_.size();
      for (std::size_t column = 0; column < width; ++column) {
        const FieldHandle handle = batch.schema().handle(matrix_fields_[column]);
        for (std::size_t row = 0; row < rows_; ++row) {
          const Value value = tensor.value(row * width + column);
          handle.valid() ? batch.set(row, handle, value) : batch.set(row, matrix_fields_[column], value);
        }
      }
    } else {
      const FieldHandle handle = batch.schema().handle(tensor.name);
      for (std::size_t row = 0; row < rows_; ++row) {
        handle.valid() ? batch.set(row, handle, tensor.value(row)) : batch.set(row, tensor.name, tensor.value(row));
      }
    }
  }
  // What is longer than an id may be is echoed all the same, but names no row: nothing is cut.
  if (ids_ == nullptr && rows_ == 1 && !id.empty() && id.size() <= wire::kRequestIdBytesMax) batch.set_request_id(0, id);
}

}  // namespace ringside::gateway
