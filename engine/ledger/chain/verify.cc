#include "engine/ledger/chain/verify.h"

#include <algorithm>
#include <cstring>

#include "engine/ledger/journal_file.h"
#include "engine/ledger/reading/audit_time.h"
#include "engine/ledger/reading/journal_folder.h"
#include "engine/ledger/reading/record_json.h"
#include "engine/ledger/retention/expired_files.h"

namespace ringside::engine {
namespace {

using End = journal::RecordWalk::End;

class Verification {
 public:
  Verification(std::span<const Checkpoint> checkpoints, std::span<const CheckpointKey> keys) {
    for (const Checkpoint& one : checkpoints) {
      const bool trusted =
          keys.empty() || std::ranges::any_of(keys, [&](const CheckpointKey& key) { return is_signed_by(one, key); });
      if (trusted) {
        expected_[{one.number, one.end}].push_back(one);
      } else {
        note("a checkpoint of " + rfc3339_ms(one.wall_ns) + " by key " + one.key_id +
             " is not signed by a trusted key, and does not count");
      }
    }
    keys_given_ = !keys.empty();
  }

  // One file after the other. False: a problem was found.
  bool look(const JournalFileFacts& file, bool is_last) {
    const bool is_first = report_.files == 0;
    if (is_first) report_.first_file = file.number;
    const bool is_hole = file.number != (is_first ? 1 : report_.last_file + 1);
    if (is_hole) holes_.push_back({.first = is_first ? 1 : report_.last_file + 1, .next = file.number, .before = {}, .after = {}});
    if (is_hole && chain_) holes_.back().before = chain_->tip();
    if (is_hole) chain_.reset();
    ++report_.files;
    report_.last_file = file.number;
    auto stream = RecordStream::open(file);
    if (!stream) return problem("altered", file.number, 0, sizeof(journal::FileHeader), stream.error());
    const journal::FileHeader& header = stream->header();
    if (header.magic == 0) return end_of_file(file, *stream, is_last);
    if (header.number != file.number)
      return problem("reordered", file.number, 0, sizeof header, "it holds file " + JournalFile::name(header.number));
    if (is_hole) {
      holes_.back().after.emplace();
      std::memcpy(holes_.back().after->data(), header.previous, sizeof header.previous);
    }
    if (!follows(header)) return false;
    chain_.emplace(file.number, header.previous);
    chain_->add(std::as_bytes(std::span(&header, 1)));
    while (const auto record = stream->next()) {
      ++report_.records;
      note_expired(*record);
      if (record->type() == journal::RecordType::kBlock && !closes(*record, stream->record_offset())) return false;
      chain_->add(record->bytes());
    }
    report_.bytes += stream->offset();
    return end_of_file(file, *stream, is_last);
  }

  // Of a file behind the first problem: what retention said in it.
  void look_for_expired(const JournalFileFacts& file) {
    if (auto stream = RecordStream::open(file)) {
      while (const auto record = stream->next()) note_expired(*record);
    }
  }

  ChainReport finish() {
    for (const Hole& hole : holes_) {
      if (explain(hole)) break;
    }
    if (!report_.problem) checkpoints_are_there();
    return std::move(report_);
  }

 private:
  // Files [first, next) are not here.
  struct Hole {
    std::uint64_t first, next;
    std::optional<ChainHash> before, after;  // what the chain came to before it; what it must have come to behind it
  };

  void note_expired(const journal::Record& record) {
    if (const auto body = ExpiredFiles::body_of(record)) expired_.add(*body);
  }

  // True: nobody said why they are gone, and that is the first problem.
  bool explain(const Hole& hole) {
    const journal::ExpiredBody* const told = expired_.find(hole.first);
    const bool is_begin = hole.first == 1 && hole.next == report_.first_file;
    if (told == nullptr || told->last + 1 < hole.next) {
      if (is_begin) {
        note("the journal begins with file " + JournalFile::name(hole.next) + ": those before it are not here");
        return false;
      }
      if (!is_earlier(hole.first)) return false;
      problem("missing", hole.first, 0, 0, "the file is gone; the next one is " + JournalFile::name(hole.next));
      return true;
    }
    const auto differs = [](const std::optional<ChainHash>& found, const std::uint8_t (&said)[32]) {
      const bool is_known = std::ranges::any_of(said, [](std::uint8_t byte) { return byte != 0; });
      return found && is_known && std::memcmp(found->data(), said, sizeof said) != 0;
    };
    if (told->first == hole.first && differs(hole.before, told->before) && is_earlier(hole.first))
      return !problem("altered", hole.first - 1, 0, 0, "its end is not what it was when retention took the file behind it");
    if (told->last + 1 == hole.next && differs(hole.after, told->after) && is_earlier(hole.next))
      return !problem("altered", hole.next, 0, sizeof(journal::FileHeader), "it does not continue the file that retention took");
    note("retention took files " + JournalFile::name(hole.first) + " to " + JournalFile::name(hole.next - 1) + ", with records of " +
         rfc3339_ms(told->oldest_ns) + " to " + rfc3339_ms(told->newest_ns));
    return false;
  }
  [[nodiscard]] bool is_earlier(std::uint64_t number) const {
    return !report_.problem || JournalFile::name(number) <= report_.problem->file;
  }

  bool problem(std::string kind, std::uint64_t number, std::uint64_t begin, std::uint64_t end, std::string text) {
    report_.problem = ChainProblem{std::move(kind), JournalFile::name(number), begin, end, std::move(text)};
    return false;
  }
  void note(std::string text) {
    constexpr std::size_t kMost = 20;
    if (report_.notes.size() < kMost) report_.notes.push_back(std::move(text));
  }

  // `previous` of a file is the tip of the one before it.
  bool follows(const journal::FileHeader& header) {
    if (!chain_) return true;  // the first that there is, or the first behind one without a header
    const ChainHash tip = chain_->tip();
    const bool unchained = std::ranges::all_of(header.previous, [](std::uint8_t byte) { return byte == 0; });
    if (std::memcmp(tip.data(), header.previous, tip.size()) == 0) return true;
    if (unchained && chain_->index() == 0) {
      note(JournalFile::name(header.number) + " does not continue a chain: the engine that wrote it had none");
      return true;
    }
    const std::string text = broken_.empty() ? "the file behind it does not continue what is in this block" : broken_;
    return problem("altered", header.number - 1, broken_.empty() ? chain_->begin() : broken_at_, chain_->end(), text);
  }

  bool closes(const journal::Record& record, std::uint64_t offset) {
    const auto body = record.body<journal::BlockBody>();
    const std::uint64_t number = report_.last_file, begin = chain_->begin();
    if (!body) return problem("altered", number, begin, offset, "its block record is cut short");
    if (body->index > chain_->index()) {
      const std::uint64_t lost = body->index - chain_->index();
      return problem("missing", number, begin, 0,
                     std::to_string(lost) + (lost == 1 ? " block" : " blocks") + " from number " +
                         std::to_string(chain_->index()) + " on are not here");
    }
    if (body->index < chain_->index())
      return problem(
          "reordered", number, begin, offset,
          "block " + std::to_string(body->index) + " stands where block " + std::to_string(chain_->index()) + " belongs");
    if (body->begin != begin || body->end != offset) {
      return problem("altered", number, begin, offset,
                     "block " + std::to_string(body->index) + " had bytes " + std::to_string(body->begin) + " to " +
                         std::to_string(body->end));
    }
    const ChainHash link = chain_->close();
    if (std::memcmp(link.data(), body->sha256, link.size()) != 0)
      return problem("altered", number, begin, offset,
                     "block " + std::to_string(body->index) + " is not what its SHA-256 was made of");
    ++report_.blocks;
    return agrees(number, offset, link);
  }

  // Checkpoints of this link.
  bool agrees(std::uint64_t number, std::uint64_t end, const ChainHash& link) {
    const auto found = expected_.find({number, end});
    if (found == expected_.end()) return true;
    for (const Checkpoint& one : found->second) {
      if (one.link != link)
        return problem("altered", number, 0, end,
                       "the checkpoint of " + rfc3339_ms(one.wall_ns) + " by key " + one.key_id + " was made of another chain");
      ++report_.checkpoints;
    }
    report_.signed_until = JournalFile::name(number) + ", byte " + std::to_string(end);
    signed_bytes_ = report_.bytes + end;
    expected_.erase(found);
    return true;
  }

  bool end_of_file(const JournalFileFacts& file, const RecordStream& stream, bool is_last) {
    if (!stream.error().empty()) return problem("altered", file.number, chain_ ? chain_->begin() : 0, 0, stream.error());
    if (!stream.damage().empty()) return problem("altered", file.number, chain_ ? chain_->begin() : 0, 0, stream.damage());
    broken_.clear();
    if (stream.end() == End::kEnd) return true;
    broken_at_ = stream.offset();
    broken_ = stream.end() == End::kBroken ? "the record here has a wrong checksum" : "the record here is not whole";
    // A power cut or a kill leaves such an end, and the next file continues from before it. In a file that nothing follows, nobody says so.
    if (is_last && stream.end() == End::kBroken) return problem("altered", file.number, stream.offset(), 0, broken_);
    note(JournalFile::name(file.number) + " ends at byte " + std::to_string(stream.offset()) + " of " +
         std::to_string(file.bytes) + ": " + broken_);
    return true;
  }

  // Of what is left nothing was met: the journal was cut, or written anew.
  void checkpoints_are_there() {
    report_.bytes_behind = report_.bytes - std::min(report_.bytes, signed_bytes_);
    for (const auto& [where, all] : expected_) {
      if (where.first < report_.first_file) {
        note("the checkpoint of " + rfc3339_ms(all.front().wall_ns) + " is of a file that is not here any more");
        continue;
      }
      problem("missing", where.first, 0, where.second,
              "the checkpoint of " + rfc3339_ms(all.front().wall_ns) + " names a block that ended at this byte, and none does");
      return;
    }
    if (keys_given_ && report_.checkpoints == 0)
      problem("unsigned", report_.first_file, 0, 0, "no checkpoint by a trusted key covers this journal");
  }

  ChainReport report_;
  std::map<std::pair<std::uint64_t, std::uint64_t>, std::vector<Checkpoint>> expected_;
  std::vector<Hole> holes_;
  ExpiredFiles expired_;
  std::optional<ChainLinks> chain_;  // of the file last looked at
  std::string broken_;               // how it ended, where not well
  std::uint64_t broken_at_ = 0, signed_bytes_ = 0;
  bool keys_given_ = false;
};

}  // namespace

Result<ChainReport, std::string> verify_journal(const std::string& folder, std::span<const Checkpoint> checkpoints,
                                                std::span<const CheckpointKey> keys) {
  const auto files = list_journal(folder);
  if (!files) return fail(files.error());
  if (files->empty()) return fail("there is no journal in " + folder);
  Verification verification(checkpoints, keys);
  for (std::size_t i = 0; i < files->size(); ++i) {
    if (verification.look((*files)[i], i + 1 == files->size())) continue;
    while (++i < files->size()) verification.look_for_expired((*files)[i]);
  }
  return verification.finish();
}

}  // namespace ringside::engine
