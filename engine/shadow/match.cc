#include "engine/shadow/match.h"

#include <algorithm>

namespace ringside::engine {
namespace {

bool reads_alike(const Field& a, const Field& b) {
  return a.dtype == b.dtype && a.low == b.low && a.high == b.high && a.on_out_of_range == b.on_out_of_range &&
         a.allowed == b.allowed;
}

bool fills_alike(const Field& a, const Field& b) {
  return a.required == b.required && a.on_missing == b.on_missing && a.fill_number == b.fill_number && a.fill_text == b.fill_text;
}

bool same_schema(const InputSchema& a, const InputSchema& b) {
  if (a.size() != b.size()) return false;
  for (std::uint32_t i = 0; i < a.size(); ++i) {
    const Field &one = a.fields()[i], &other = b.fields()[i];
    if (one.name != other.name || one.meta != other.meta || !reads_alike(one, other) || !fills_alike(one, other)) return false;
  }
  return true;
}

bool same_features(const Bundle& current, const Bundle& shadow) {
  return !current.facts.preprocess_sha256.empty() && current.facts.preprocess_sha256 == shadow.facts.preprocess_sha256 &&
         current.plan.features() == shadow.plan.features() && current.plan.feature_type() == shadow.plan.feature_type() &&
         same_schema(current.schema, shadow.schema);
}

// Fields that only current has: dropped for the shadow as for any bundle, or refused by it. What is refused is decoded again.
bool drops_the_rest(const Bundle& current, const Bundle& shadow) {
  return !shadow.schema.rejects_extra_fields() || std::ranges::all_of(current.schema.fields(), [&](const Field& field) {
    return field.optional() || shadow.schema.find(field.name) >= 0;
  });
}

// Empty: their answers can be held against each other.
std::string answers_differ(const Bundle& current, const Bundle& shadow) {
  const auto numbers = [](const Bundle& bundle) {
    return std::to_string(bundle.scorer.values_per_row()) + " values and " + std::to_string(bundle.scorer.margins_per_row()) +
           " margins a row";
  };
  if (current.model_kind != shadow.model_kind) return "it answers another kind of question";
  if (current.scorer.values_per_row() != shadow.scorer.values_per_row() ||
      current.scorer.margins_per_row() != shadow.scorer.margins_per_row())
    return "it gives " + numbers(shadow) + ", the current version " + numbers(current);
  if (current.classes != shadow.classes) return "its classes are not those of the current version, or in another order";
  return {};
}

}  // namespace

Result<ShadowMatch, std::string> match_shadow(const Bundle& current, const Bundle& shadow) {
  if (std::string differs = answers_differ(current, shadow); !differs.empty()) return fail(std::move(differs));
  ShadowMatch match;
  if (same_features(current, shadow)) {
    match.input = ShadowInput::kFeatures;
    return match;
  }
  bool same_rules = current.schema.coerces() == shadow.schema.coerces() && drops_the_rest(current, shadow);
  for (const Field& field : shadow.schema.fields()) {
    const std::int32_t own = current.schema.find(field.name);
    if (own >= 0) same_rules &= reads_alike(field, current.schema.fields()[static_cast<std::size_t>(own)]);
    if (field.meta) {
      match.field_of.push_back(ShadowMatch::kUnread);
    } else if (own < 0) {
      match.field_of.push_back(ShadowMatch::kAbsent);
      match.some_absent = true;
    } else {
      match.field_of.push_back(static_cast<std::uint32_t>(own));
    }
  }
  if (!same_rules) match.input = ShadowInput::kRequest;
  return match;
}

}  // namespace ringside::engine
