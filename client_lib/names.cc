// The words for outcomes, and proof that the public numbers are the wire's.
#include <ringside/status.h>
#include <ringside/version.h>

#include "schemas/wire/cell.h"
#include "schemas/wire/status.h"

namespace ringside {
namespace {

// The last of each list, and the count: appending on one side alone fails here.
template <class Public, class Wire>
constexpr bool same(Public ours, Wire theirs) {
  return static_cast<int>(ours) == static_cast<int>(theirs);
}
static_assert(same(Status::kFail, wire::Status::kFail) && wire::kStatusCount == 8);
static_assert(same(Reason::kOverload, wire::Reason::kOverload) && wire::kReasonCount == 8);
static_assert(same(FieldCode::kTypeMismatch, wire::FieldCode::kTypeMismatch) &&
              same(FieldCode::kMalformed, wire::FieldCode::kMalformed) && wire::kFieldCodeCount == 16);
static_assert(same(Arm::kLabel, wire::Arm::kLabel) && wire::kArmCount == 6);
static_assert(same(Dtype::kBool, wire::Dtype::kBool) && wire::kDtypeCount == 5);

}  // namespace

std::string_view name(Status status) noexcept { return wire::name(static_cast<wire::Status>(status)); }

std::string_view name(Reason reason) noexcept {
  if (reason == Reason::kUnreachable) return "unreachable";
  if (reason == Reason::kForked) return "forked";
  if (reason == Reason::kBreakerOpen) return "breaker_open";
  return wire::name(static_cast<wire::Reason>(reason));
}

std::string_view name(FieldCode code) noexcept { return wire::name(static_cast<wire::FieldCode>(code)); }

std::string_view name(Arm arm) noexcept { return wire::name(static_cast<wire::Arm>(arm)); }

std::string_view name(Dtype dtype) noexcept { return wire::name(static_cast<wire::Dtype>(dtype)); }

std::string_view library_version() noexcept { return RINGSIDE_VERSION_STRING; }

}  // namespace ringside
