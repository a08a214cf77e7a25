#include "bench/broadcast_sides.h"

#include <cstring>
#include <random>
#include <string>

#include "bench/comparison.h"
#include "engine/preprocess/plan_spec.h"
#include "schemas/wire/call_body.h"

namespace ringside::bench {
namespace {

constexpr std::uint16_t kNumbers = 30, kLabels = 3, kFields = 38;
constexpr std::size_t kCategories = 24, kArenaBytes = 256 * 1'024;

// Of each kind, the first two thirds or so.
bool is_users(std::uint16_t field) {
  if (field < kNumbers) return field < 20;
  return field < kNumbers + kLabels ? field < kNumbers + 2 : field < kNumbers + kLabels + 3;
}

std::string category(std::size_t number) { return "category_" + std::to_string(number); }

engine::InputSchema schema_of_fields() {
  std::vector<engine::Field> fields;
  for (std::uint16_t i = 0; i < kFields; ++i) {
    fields.push_back({.name = "field_" + std::to_string(i),
                      .dtype = i < kNumbers ? wire::Dtype::kFloat : wire::Dtype::kStr,
                      .on_missing = i < kNumbers ? engine::OnMissing::kPass : engine::OnMissing::kReject});
  }
  return {std::move(fields), true};
}

engine::Plan plan_for(const engine::InputSchema& schema) {
  std::vector<std::string> categories;
  for (std::size_t i = 0; i < kCategories; ++i) categories.push_back(category(i));
  engine::PlanSpec spec;
  for (std::uint16_t i = 0; i < kFields; ++i) {
    const std::string& name = schema.fields()[i].name;
    if (i < kNumbers) {
      using Op = engine::ArithmeticStep::Op;
      spec.steps.emplace_back(engine::NumberStep{name, name + ":0"});
      spec.steps.emplace_back(engine::ArithmeticStep{Op::kSubtract, name + ":0", name + ":1", 0.25 + i});
      spec.steps.emplace_back(engine::ArithmeticStep{Op::kDivide, name + ":1", name, 1.5 + i});
      spec.features.push_back(name);
    } else if (i < kNumbers + kLabels) {
      spec.steps.emplace_back(engine::LabelStep{.field = name, .out = name, .classes = categories, .unseen = {}});
      spec.features.push_back(name);
    } else {
      engine::OnehotStep step{.field = name, .categories = {}, .drop = {}, .outs = {}, .unseen = {}};
      step.unseen.kind = engine::Unseen::Kind::kZeros;
      for (std::size_t k = 0; k < 6; ++k) {
        step.categories.push_back(categories[k]);
        step.outs.push_back(name + "=" + categories[k]);
      }
      spec.features.insert(spec.features.end(), step.outs.begin(), step.outs.end());
      spec.steps.emplace_back(std::move(step));
    }
  }
  auto plan = engine::Plan::compile(spec, schema);
  if (!plan) give_up("the plan of the broadcast bench is refused: " + plan.error().front().key);
  return std::move(plan.value());
}

}  // namespace

UserAndItems::UserAndItems(Sent sent, std::size_t users)
    : sent_(sent),
      schema_(schema_of_fields()),
      adapter_(engine::identity_adapter(schema_)),
      plan_(plan_for(schema_)),
      scratch_(plan_.make_scratch()),
      tile_(schema_),
      arena_(std::make_unique<std::byte[]>(kArenaBytes)),
      features_(std::size_t{kRows} * plan_.features()) {
  std::mt19937_64 random(38);  // the same values for all sides
  std::normal_distribution<double> normal;
  for (std::size_t user = 0; user < users; ++user) {
    wire::CallBody body;
    body.start(kFields, kRows);
    for (std::uint16_t field = 0; field < kFields; ++field) {
      const bool text = field >= kNumbers, once = is_users(field) && sent != Sent::kARow;
      double number = 0;
      std::string word;
      for (std::uint16_t row = 0; row < kRows; ++row) {
        if (row == 0 || !is_users(field)) number = normal(random), word = category(random() % kCategories);
        if (once && row != 0) continue;
        if (once) {
          text ? body.set_broadcast_text(field, word) : body.set_broadcast(field, wire::Cell::real(number));
        } else {
          text ? body.set_text(field, row, word) : body.set(field, row, wire::Cell::real(number));
        }
      }
    }
    if (body.bytes() > kArenaBytes) give_up("a request of the broadcast bench is longer than its memory");
    bodies_.emplace_back(body.bytes());
    body.write(bodies_.back().data());
    geometries_.push_back(body.geometry(schema_.hash()));
  }
}

void UserAndItems::stage(std::size_t row) {
  const std::size_t user = row / kRows;
  entry_.geometry = geometries_[user];
  std::memcpy(arena_.get(), bodies_[user].data(), bodies_[user].size());
}

void UserAndItems::call() {
  const engine::CallLimits limits{.in_arena_bytes = kArenaBytes, .out_arena_bytes = 1'024};
  if (read_call(entry_, arena_.get(), limits, call_, meta_) != engine::CallShape::kGood) give_up("a good call was refused");
  engine::GatherCursor cursor;
  while (cursor.next_row < kRows) {
    const std::uint32_t first = cursor.next_row;
    if (sent_ == Sent::kOnceATile) cursor.reading = 0;
    static_cast<void>(gather(call_, adapter_, schema_, engine::kTileRows, cursor, tile_));
    plan_.run(tile_, *scratch_, features_.data() + std::size_t{first} * plan_.features(), plan_.features());
    if (tile_.invalid() != 0) give_up("a good row was refused");
  }
}

}  // namespace ringside::bench
