#include "engine/schema/compatibility.h"

#include <algorithm>

namespace ringside::engine {

bool dtype_fits(Dtype declared, Dtype taken) noexcept {
  return declared == Dtype::kAny || declared == taken || (declared == Dtype::kInt && taken == Dtype::kFloat);
}

std::vector<Obstacle> obstacles_between(const ClientSchema& client, const InputSchema& schema,
                                        const std::function<bool(const std::string& name)>& known_elsewhere) {
  std::vector<Obstacle> found;
  const Adapter adapter = make_adapter(client, schema, known_elsewhere);
  std::vector<bool> declared(schema.size(), false);
  for (std::size_t column = 0; column < client.columns.size(); ++column) {
    const auto& [name, dtype] = client.columns[column];
    const std::int32_t field = adapter.field_of_column[column];
    if (field == Adapter::kExtra && schema.rejects_extra_fields()) found.push_back({Obstacle::Kind::kNoSuchField, name, dtype});
    if (field < 0) continue;
    declared[static_cast<std::size_t>(field)] = true;
    const Dtype taken = schema.fields()[static_cast<std::size_t>(field)].dtype;
    if (!schema.coerces() && !dtype_fits(dtype, taken)) found.push_back({Obstacle::Kind::kOtherDtype, name, dtype, taken});
  }
  for (std::uint32_t field = 0; field < schema.size(); ++field) {
    const Field& rules = schema.fields()[field];
    if (!declared[field] && !rules.optional())
      found.push_back({Obstacle::Kind::kNotDeclared, rules.name, Dtype::kAny, rules.dtype});
  }
  return found;
}

}  // namespace ringside::engine
