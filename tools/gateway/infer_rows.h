// Tensors → rows of a batch: which tensor is which field, how many rows there are.
//
//   a column    its name is a field's; shape [n] or [n,1]
//   a matrix    a floating tensor of shape [n,k] whose name is no field's: the k numeric fields (int and float) of the version, in the order of its
//               schema; NaN is missing. One a request, columns of other fields may stand beside it
//   request_id  BYTES, where the schema has no such field: the rows' ids
//
// A column that is no field's is sent as it is, so the engine says EXTRA_FIELD; and so is everything about values: it is the only validator.
//
// Thread safety: pure. Cost: a cell each.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <ringside/result.h>
#include <ringside/row.h>
#include <ringside/schema.h>

#include "tools/gateway/infer_request.h"

namespace ringside::gateway {

// The request's tensors as a version's fields take them. Views of both.
class InferRows {
 public:
  // Error: which tensor has a shape that no rows have.
  static Result<InferRows, std::string> bind(const InferRequest& request, const VersionInfo& version);

  [[nodiscard]] std::size_t rows() const noexcept { return rows_; }
  // REQUIRES: batch.rows() == rows(). `id`: of the only row, unless a tensor brings ids.
  void fill(Batch& batch, std::string_view id) const;

 private:
  const InferRequest* request_ = nullptr;
  const Tensor* matrix_ = nullptr;
  const Tensor* ids_ = nullptr;
  std::vector<std::string_view> matrix_fields_;
  std::size_t rows_ = 0;
};

}  // namespace ringside::gateway
