#include "engine/bundle/golden_call.h"

#include <algorithm>
#include <cstring>

#include "schemas/wire/number_text.h"

namespace ringside::engine {
namespace {

constexpr std::string_view kNotFeatures[] = {"request_id", "user_id", "trace_id", "route_tags"};

wire::Cell cell_of(const DocumentNode& value) noexcept {
  switch (value.kind) {
    case DocumentNode::Kind::kNull:
      return wire::Cell::null();
    case DocumentNode::Kind::kBool:
      return wire::Cell::boolean(value.flag);
    case DocumentNode::Kind::kNumber:
      return wire::number_cell(value.text);
    case DocumentNode::Kind::kText:
      break;  // its bytes go into the body first: set_text, add_named_text
    case DocumentNode::Kind::kList:
    case DocumentNode::Kind::kMap:
      break;  // what no cell can carry
  }
  return wire::Cell::refused(wire::FieldCode::kTypeMismatch);
}

}  // namespace

GoldenCall::GoldenCall(const InputSchema& schema)
    : schema_(schema),
      adapter_(identity_adapter(schema)),
      entry_(std::make_unique<wire::RequestEntry>()),
      call_(std::make_unique<Call>()) {}

void GoldenCall::add_row(std::uint16_t number, const DocumentNode& row) {
  for (const auto& [name, value] : row.members) {
    const std::int32_t field = schema_.find(name);
    const bool text = value.is(DocumentNode::Kind::kText);
    if (field < 0 && std::find(std::begin(kNotFeatures), std::end(kNotFeatures), name) != std::end(kNotFeatures)) continue;
    const auto column = static_cast<std::uint16_t>(field);
    if (field < 0 || body_.tag(column, number) != wire::Tag::kAbsent) {
      text ? body_.add_named_text(number, name, value.text) : body_.add_named(number, name, cell_of(value));
    } else {
      text ? body_.set_text(column, number, value.text) : body_.set(column, number, cell_of(value));
    }
  }
}

CallShape GoldenCall::send(std::span<const GoldenRow> rows) {
  body_.start(static_cast<std::uint16_t>(schema_.size()), static_cast<std::uint16_t>(rows.size()));
  for (std::size_t i = 0; i < rows.size(); ++i) add_row(static_cast<std::uint16_t>(i), rows[i].row);

  arena_.assign(body_.bytes() / 8 + 1, 0);
  auto* arena = reinterpret_cast<std::byte*>(arena_.data());
  body_.write(arena);
  entry_->geometry = body_.geometry(schema_.hash(), wire::Encoding::kPositional);
  if (body_.bytes() <= wire::kInlineBytes) {  // small bodies travel inside the entry
    std::memcpy(entry_->inline_body, arena, body_.bytes());
    entry_->geometry.body_offset = wire::kInline;
  }
  const CallLimits limits{.in_arena_bytes = arena_.size() * 8, .out_arena_bytes = 0, .rows_max = 512};
  return read_call(*entry_, arena, limits, *call_, meta_);
}

}  // namespace ringside::engine
