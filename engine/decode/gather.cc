#include "engine/decode/gather.h"

#include "engine/decode/gather-inl.h"

namespace ringside::engine {

template GatherOutcome gather<wire::DirectAccess>(const Call&, const Adapter&, const InputSchema&, std::uint32_t, GatherCursor&,
                                                  Tile&) noexcept;

}  // namespace ringside::engine
