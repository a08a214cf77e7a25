// Goal: an event is one line of the log, whatever stands in it.
// Method: events with all and with few of their members; a reason that would forge a line.
#include "engine/versions/event_line.h"

#include <gtest/gtest.h>

namespace ringside::engine {
namespace {

TEST(EventLine, SaysWhatBecameOfWhichVersionsByWhomAndWhy) {
  EXPECT_EQ(event_line({.actor = "uid 0 (root)",
                        .action = "switch",
                        .from = "a_v1",
                        .to = "a_v2",
                        .reason = "spring",
                        .outcome = "done",
                        .message = "a_v2 answers now"}),
            "switch done: a_v1 -> a_v2 by uid 0 (root), reason \"spring\": a_v2 answers now");
  EXPECT_EQ(event_line({.actor = "ringsided", .action = "load", .to = "a_v2", .outcome = "done"}),
            "load done: a_v2 by ringsided");
  EXPECT_EQ(event_line({.actor = "uid 0 (root)", .action = "unpin", .outcome = "done", .message = "3 pins removed"}),
            "unpin done by uid 0 (root): 3 pins removed");
}

TEST(EventLine, ReasonCannotBeginALineOfItsOwn) {
  EXPECT_EQ(event_line({.actor = "x", .action = "label", .reason = "a\n[info] switch done", .outcome = "done"}),
            "label done by x, reason \"a\\x0a[info] switch done\"");
}

}  // namespace
}  // namespace ringside::engine
