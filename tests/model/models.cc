#include "tests/model/models.h"

#include <ostream>
#include <streambuf>
#include <string>
#include <vector>

#include "tests/model/channel_models.h"
#include "tests/model/epoch_models.h"

namespace ringside::model {
namespace {

// What the checker says, as much of it as there is room for: its own operator new, under which it says it, is no place to grow a string.
class Page : public std::streambuf {
 public:
  Page() { setp(room_.data(), room_.data() + room_.size()); }
  [[nodiscard]] std::string text() const { return {pbase(), pptr()}; }

 private:
  int_type overflow(int_type letter) override { return traits_type::not_eof(letter); }  // drops it
  std::vector<char> room_ = std::vector<char>(64 * 1'024);
};

template <class M>
Verdict run(const Search& search, const Weakening& weaker, bool seq_cst_pointers = true) {
  weakening = weaker;
  pointers_are_seq_cst = seq_cst_pointers;
  for (std::size_t i = 0; i < std::size(M::kRoles); ++i) role_of_thread[i] = M::kRoles[i];
  Page page;
  std::ostream said(&page);
  rl::test_params params;
  params.output_stream = &said;
  params.progress_stream = &said;
  params.progress_output_period = 1'000'000;
  params.search_type = search.kind == Search::Kind::kFull      ? rl::sched_full
                       : search.kind == Search::Kind::kBounded ? rl::sched_bound
                                                               : rl::sched_random;
  params.context_bound = search.bound;
  params.iteration_count = search.executions;
  Verdict verdict;
  verdict.holds = rl::simulate<M>(params);
  verdict.executions = params.stop_iteration;
  if (!verdict.holds) verdict.why = std::string(rl::test_result_str(params.test_result)) + "\n" + page.text();
  return verdict;
}

}  // namespace

const char* name_of(Model model) noexcept {
  switch (model) {
    case Model::kChannel:
      return "channel";
    case Model::kPipeline:
      return "pipeline";
    case Model::kEngineGone:
      return "engine_gone";
    case Model::kGrace:
      return "grace";
    case Model::kGraceAsleep:
      return "grace_asleep";
    case Model::kPins:
      return "pins";
    case Model::kClientGone:
      return "client_gone";
    case Model::kNewChannel:
      return "new_channel";
  }
  return "";
}

std::vector<Access> accesses_made() {
  std::vector<Access> all;
  for (std::size_t role = 0; role < kRoles; ++role) {
    for (std::size_t step = 0; step < kSteps; ++step) {
      if (made[role][step]) all.push_back({static_cast<wire::Step>(step), static_cast<Role>(role), order_made[role][step]});
    }
  }
  return all;
}

Verdict check(Model model, const Search& search, const Weakening& weaker) {
  const bool full = search.kind == Search::Kind::kFull;
  switch (model) {
    case Model::kChannel:
      return full ? run<ChannelModel<2, 1>>(search, weaker) : run<ChannelModel<2, 3>>(search, weaker);
    case Model::kPipeline:
      return run<ChannelModel<3, 4>>(search, weaker);
    case Model::kEngineGone:
      return run<EngineGoneModel>(search, weaker);
    // In the order in which the checker runs a sequentially consistent load is never too old, which hides what the epoch's own orders are for.
    // Without sleep the pointer needs acquire and release alone, so here it has no more.
    case Model::kGrace:
      return run<GraceModel<false, false, 2, 1>>(search, weaker, false);
    case Model::kGraceAsleep:
      return run<GraceModel<true, false, 2, 1>>(search, weaker);
    case Model::kPins:
      return run<GraceModel<false, true, 2, 1>>(search, weaker);
    case Model::kClientGone:
      return run<ClientGoneModel>(search, weaker);
    case Model::kNewChannel:
      return run<NewChannelModel>(search, weaker);
  }
  return {};
}

}  // namespace ringside::model
