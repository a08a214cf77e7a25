#include "engine/ledger/chain/chain.h"

#include <openssl/evp.h>

#include <cstring>

#include "client_lib/base/check.h"
#include "engine/journal/version_record.h"
#include "engine/ledger/reading/journal_folder.h"

namespace ringside::engine {
namespace {

void update(evp_md_ctx_st* digest, const void* bytes, std::size_t size) {
  RINGSIDE_CHECK(EVP_DigestUpdate(digest, bytes, size) == 1);
}

}  // namespace

void ChainLinks::Free::operator()(evp_md_ctx_st* digest) const noexcept { EVP_MD_CTX_free(digest); }

ChainLinks::ChainLinks(std::uint64_t number, const std::uint8_t (&previous)[32]) : digest_(EVP_MD_CTX_new()), number_(number) {
  restart(previous);
}

ChainLinks::ChainLinks(const ChainLinks& other)
    : digest_(EVP_MD_CTX_new()), number_(other.number_), begin_(other.begin_), end_(other.end_), index_(other.index_) {
  RINGSIDE_CHECK(digest_ != nullptr && EVP_MD_CTX_copy_ex(digest_.get(), other.digest_.get()) == 1);
}

void ChainLinks::restart(std::span<const std::uint8_t, 32> link) {
  RINGSIDE_CHECK(digest_ != nullptr && EVP_DigestInit_ex(digest_.get(), EVP_sha256(), nullptr) == 1);
  update(digest_.get(), link.data(), link.size());
}

void ChainLinks::add(std::span<const std::byte> bytes) {
  update(digest_.get(), bytes.data(), bytes.size());
  end_ += bytes.size();
}

ChainHash ChainLinks::tip() const {
  const std::unique_ptr<evp_md_ctx_st, Free> copy(EVP_MD_CTX_new());
  RINGSIDE_CHECK(copy != nullptr && EVP_MD_CTX_copy_ex(copy.get(), digest_.get()) == 1);
  const std::uint64_t where[] = {number_, begin_, end_};
  update(copy.get(), where, sizeof where);
  ChainHash hash{};
  RINGSIDE_CHECK(EVP_DigestFinal_ex(copy.get(), hash.data(), nullptr) == 1);
  return hash;
}

ChainHash ChainLinks::close() {
  const ChainHash link = tip();
  begin_ = end_;
  ++index_;
  restart(link);
  return link;
}

std::vector<std::byte> ChainLinks::close(std::uint32_t epoch, std::uint64_t wall_ns) {
  journal::BlockBody body{};
  body.index = index_;
  body.begin = begin_;
  body.end = end_;
  const ChainHash link = close();
  std::memcpy(body.sha256, link.data(), link.size());
  std::vector<std::byte> record(sizeof(journal::RecordHead) + sizeof body);
  std::memcpy(record.data() + sizeof(journal::RecordHead), &body, sizeof body);
  close_record(record, static_cast<std::uint16_t>(journal::RecordType::kBlock), epoch, wall_ns);
  return record;
}

Result<ChainHash, std::string> chain_before(const std::string& folder, std::uint64_t number) {
  const auto files = list_journal(folder);
  if (!files) return fail(files.error());
  const JournalFileFacts* before = nullptr;
  for (const JournalFileFacts& file : *files) {
    if (file.number < number) before = &file;
  }
  if (before == nullptr) return ChainHash{};
  auto stream = RecordStream::open(*before);
  // A file that cannot be read must not keep the engine from writing the next: verify() finds the same, and says so.
  if (!stream || stream->header().magic == 0) return ChainHash{};
  ChainLinks chain(before->number, stream->header().previous);
  chain.add(std::as_bytes(std::span(&stream->header(), 1)));
  while (const auto record = stream->next()) {
    if (record->type() == journal::RecordType::kBlock) static_cast<void>(chain.close());
    chain.add(record->bytes());
  }
  return chain.tip();
}

}  // namespace ringside::engine
