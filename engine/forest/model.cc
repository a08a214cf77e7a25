// From a model file to a BoosterModel: which keys are read, how each is spelt. The trees: tree_reader.cc. What the numbers must be:
// model_check.cc.

#include "engine/forest/model.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "engine/forest/model_reader.h"
#include "engine/forest/object_fields.h"
#include "engine/forest/tree_reader.h"
#include "engine/forest/verified_versions.h"

namespace ringside::engine {

namespace {

void parse_integer(ModelReader& reader, const std::string& text, std::uint32_t largest, std::uint32_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value > largest) {
    reader.refuse("an integer in a string, 0 to " + std::to_string(largest), quoted(text));
  }
}

}  // namespace

void read_integer_in_string(ModelReader& reader, std::uint32_t largest, std::uint32_t& value) {
  std::string text;
  if (reader.read_string(text)) parse_integer(reader, text, largest, value);
}

namespace {

constexpr std::size_t kMaxObjectiveParams = 64;  // XGBoost's objectives have five at most.

void read_names(ModelReader& reader, NameList& names) {
  reader.enter_array();
  for (std::string name; reader.next_element() && reader.read_string(name);) names.push_back(name);
}

void read_feature_types(ModelReader& reader, std::vector<FeatureType>& types) {
  reader.enter_array();
  for (std::string name; reader.next_element() && reader.read_string(name);) {
    types.push_back(name == "float" ? FeatureType::kFloat
                    : name == "int" ? FeatureType::kInteger
                    : name == "i"   ? FeatureType::kIndicator
                    : name == "q"   ? FeatureType::kQuantitative
                    : name == "c"   ? FeatureType::kCategorical
                                    : FeatureType::kOther);
  }
}

void read_version(ModelReader& reader, BoosterVersion& version) {
  ScratchVector<std::int32_t> numbers;
  if (!reader.read_array(numbers)) return;
  if (numbers.size() != 3) {
    reader.refuse("[major, minor, patch]", std::to_string(numbers.size()) + " numbers");
  } else {
    version = {numbers[0], numbers[1], numbers[2]};
  }
}

std::string_view trimmed(std::string_view text) {
  const std::size_t first = std::min(text.find_first_not_of(" \t\r\n"), text.size());
  return text.substr(first, text.find_last_not_of(" \t\r\n") + 1 - first);
}

// Until 3.0 one number, read by a parser that gives up beyond nine digits and leaves the default: 0.5.
void parse_scalar_base_score(ModelReader& reader, BoosterModel& model) {
  const std::string_view text = model.base_score_text;
  if (!parse_float(text, model.base_scores[0])) {
    reader.refuse("a number in a string", quoted(text));
    return;
  }
  const std::string_view mantissa = text.substr(0, text.find_first_of("eE"));
  const std::size_t first = std::min(mantissa.find_first_of("123456789"), mantissa.size());
  const auto digits =
      std::count_if(mantissa.begin() + static_cast<std::ptrdiff_t>(first), mantissa.end(), [](char c) { return c != '.'; });
  if (digits > 9) {
    reader.refuse("at most 9 digits, beyond which XGBoost until 3.0 ignores the number and takes 0.5", quoted(text));
  }
}

// From 3.1 on "[5E-1]" or "[1E0,2E0]"; round brackets and a bare number are read as well.
void parse_base_scores(ModelReader& reader, BoosterModel& model) {
  std::string_view text = trimmed(model.base_score_text);
  if (text.size() >= 2 && (text.front() == '[' || text.front() == '(') && (text.back() == ']' || text.back() == ')')) {
    text = text.substr(1, text.size() - 2);
  }
  model.base_scores.clear();
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    float& value = model.base_scores.emplace_back();
    if (!parse_float(trimmed(text.substr(begin, end - begin)), value)) {
      reader.refuse("numbers in a string, \"[5E-1,2.5E-1]\"", quoted(model.base_score_text));
      return;
    }
    begin = end + 1;
  }
}

void read_learner_model_param(ModelReader& reader, BoosterModel& model) {
  Fields fields(reader);
  while (fields.next()) {
    if (fields.is("base_score")) {
      reader.read_string(model.base_score_text);
    } else if (fields.is("num_class")) {
      read_integer_in_string(reader, kInt32Max, model.num_class);
    } else if (fields.is("num_feature")) {
      read_integer_in_string(reader, kInt32Max, model.num_feature);
    } else if (fields.is("num_target")) {
      read_integer_in_string(reader, kInt32Max, model.num_target);
    } else if (fields.is("boost_from_average")) {
      std::uint32_t estimated = 0;
      read_integer_in_string(reader, 1, estimated);
      model.boost_from_average = estimated != 0;
    }
  }
  fields.require({"base_score", "num_class", "num_feature"});
}

void read_objective(ModelReader& reader, BoosterModel& model) {
  Fields fields(reader);
  while (fields.next()) {
    if (fields.is("name")) {
      reader.read_string(model.objective);
      continue;
    }
    const std::string group = fields.any();
    Fields params(reader);
    while (params.next()) {
      const std::string key = group + "." + params.any();
      if (model.objective_params.size() == kMaxObjectiveParams) {
        reader.refuse("at most " + std::to_string(kMaxObjectiveParams) + " parameters of an objective", "more");
      }
      reader.read_string(model.objective_params.emplace_back(key, "").second);
    }
  }
  fields.require({"name"});
}

void read_attributes(ModelReader& reader, BoosterModel& model) {
  Fields fields(reader);
  while (fields.next()) {
    if (!fields.is("best_iteration")) continue;
    std::string text;
    if (!reader.read_string(text) || text == "-1") continue;  // Without a round, no round is the best.
    std::uint32_t round = 0;
    parse_integer(reader, text, kInt32Max, round);
    model.best_iteration = round;
  }
}

void read_linear_booster(ModelReader& reader, BoosterModel& model) {
  Fields fields(reader);
  while (fields.next()) {
    if (!fields.is("model")) continue;
    Fields inner(reader);
    while (inner.next()) {
      if (inner.is("weights")) {
        reader.read_array(model.linear_weights);
      } else if (inner.is("boosted_rounds")) {
        std::int64_t rounds = 0;
        reader.read_integer(rounds);
        model.linear_rounds = static_cast<std::uint32_t>(std::clamp<std::int64_t>(rounds, 0, kInt32Max));
      }
    }
    inner.require({"weights"});
  }
  fields.require({"model"});
}

// First pass: which release and which booster wrote this, of how many outputs. How the rest is spelt depends on it, and keys come in
// any order.
void read_origin(ModelReader& reader, BoosterModel& model, std::string& booster) {
  Fields file(reader);
  while (file.next()) {
    if (file.is("version")) {
      read_version(reader, model.version);
    } else if (file.is("learner")) {
      Fields learner(reader);
      while (learner.next()) {
        if (learner.is("learner_model_param")) {
          read_learner_model_param(reader, model);
        } else if (learner.is("gradient_booster")) {
          Fields fields(reader);
          while (fields.next()) {
            if (fields.is("name")) reader.read_string(booster);
          }
          fields.require({"name"});
        }
      }
      learner.require({"learner_model_param", "gradient_booster"});
    }
  }
  file.require({"version", "learner"});
  reader.finish();
}

void read_learner(ModelReader& reader, BoosterModel& model) {
  Fields fields(reader);
  while (fields.next()) {
    if (fields.is("objective")) {
      read_objective(reader, model);
    } else if (fields.is("gradient_booster")) {
      if (model.booster == BoosterKind::kGblinear) {
        read_linear_booster(reader, model);
      } else {
        read_tree_booster(reader, model);
      }
    } else if (fields.is("attributes")) {
      read_attributes(reader, model);
    } else if (fields.is("feature_names")) {
      read_names(reader, model.feature_names);
    } else if (fields.is("feature_types")) {
      read_feature_types(reader, model.feature_types);
    } else if (fields.is("learner_model_param")) {  // For errors in its numbers to name their place.
      Fields params(reader);
      while (params.next()) {
        if (!params.is("base_score")) continue;
        reader.read_string(model.base_score_text);
        if (reader.failed()) return;
        if (model.version < BoosterVersion{3, 1, 0}) {
          parse_scalar_base_score(reader, model);
        } else {
          parse_base_scores(reader, model);
        }
      }
    }
  }
  fields.require({"objective"});
}

}  // namespace

Result<BoosterModel, ModelError> read_model(std::span<const std::byte> file) {
  BoosterModel model;
  std::string booster;
  const auto origin = open_model_file(file);
  read_origin(*origin, model, booster);
  if (origin->failed()) return fail(origin->error());
  if (auto unverified = refuse_unverified(model.version)) return fail(std::move(*unverified));
  if (booster == "dart") {
    model.booster = BoosterKind::kDart;
  } else if (booster == "gblinear") {
    model.booster = BoosterKind::kGblinear;
  } else if (booster != "gbtree") {
    return fail(ModelError{"learner.gradient_booster.name", "gbtree, dart or gblinear", quoted(booster)});
  }

  const auto reader = open_model_file(file);
  Fields fields(*reader);
  while (fields.next()) {
    if (fields.is("learner")) read_learner(*reader, model);
  }
  if (reader->failed()) return fail(reader->error());
  if (auto checked = check_model(model); !checked) return fail(std::move(checked).error());
  return model;
}

}  // namespace ringside::engine
