#include "engine/epoch/quiescence.h"

namespace ringside::engine {

template class QuiescenceOf<wire::StdAtomics>;

}  // namespace ringside::engine
