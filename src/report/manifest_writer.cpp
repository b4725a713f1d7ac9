// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <utility>

#include "base/text.h"
#include "report/manifest.h"
#include "report/manifest_line.h"
#include "report/output_file.h"

namespace godwit::report {
namespace {

constexpr std::size_t buffer_size = std::size_t{64} << 10;
constexpr std::size_t longest_reason = 4096;

// A server's words have no bound of their own. Not cut within a UTF-8 sequence.
std::string cut_reason(std::string_view reason) {
  std::size_t end = longest_reason;
  while (end > 0 && (static_cast<unsigned char>(reason[end]) & 0xC0U) == 0x80) --end;
  return std::string(reason.substr(0, end)) + "...";
}

class Writer final : public ManifestWriter {
 public:
  Writer(std::filesystem::path file, OutputFile output, const ManifestHeader& header, SigningKey key)
      : file_(std::move(file)), output_(std::move(output)), promised_(header.counts), key_(std::move(key)),
        buffer_(header_line(header)) {}

  Result<> add(const ManifestItem& item) override {
    return keep([&] { return add_line(item); });
  }
  Result<> finish() override {
    return keep([&] { return finish_file(); });
  }

 private:
  // After an error, and after the end, nothing more is done: a manifest without one of its items must not be signed.
  template <class Step>
  Result<> keep(Step step) {
    if (state_) state_ = step();
    return state_;
  }

  std::unexpected<Error> refuse(ErrorKind kind, std::string what) const {
    std::string where = fmt::format("{}: item {}", printable(file_.native()), counted_.items);
    return std::unexpected(Error{kind, std::move(what), {}, std::move(where)});
  }

  Result<> add_line(const ManifestItem& item) {
    if (is_finished_) return refuse(ErrorKind::bug, "the manifest is finished already");
    counted_.add(item);
    if (const auto fault = fault_of(item)) return refuse(ErrorKind::bug, *fault);
    const std::size_t before = buffer_.size();
    if (item.reason.size() > longest_reason) {
      ManifestItem cut = item;
      cut.reason = cut_reason(item.reason);
      append_item_line(buffer_, counted_.items, cut);
    } else {
      append_item_line(buffer_, counted_.items, item);
    }
    if (buffer_.size() - before > longest_manifest_line) {
      return refuse(ErrorKind::bug, "the folder's name is too long for a line");
    }
    return buffer_.size() >= buffer_size ? flush() : Result<>{};
  }

  Result<> flush() {
    hasher_.update(buffer_);
    GODWIT_CHECK(output_.write(buffer_));
    buffer_.clear();
    return {};
  }

  Result<> finish_file() {
    if (is_finished_) return refuse(ErrorKind::bug, "the manifest is finished already");
    if (counted_ != promised_) {
      return refuse(ErrorKind::storage,
                    fmt::format("{} items ({} bytes) were announced and {} ({} bytes) came, or they differ in kind: the ledger "
                                "changed while it was read; make the manifest again",
                                promised_.items, promised_.bytes, counted_.items, counted_.bytes));
    }
    buffer_ += end_line(counted_);
    GODWIT_CHECK(flush());
    GODWIT_CHECK(output_.write(signature_line(key_.sign(signed_text(hasher_.finish())))));
    GODWIT_CHECK(output_.publish());
    is_finished_ = true;
    return {};
  }

  std::filesystem::path file_;
  OutputFile output_;
  ManifestCounts promised_, counted_;
  SigningKey key_;
  Sha256 hasher_;
  std::string buffer_;  // lines that are neither digested nor written yet
  Result<> state_;
  bool is_finished_ = false;
};

}  // namespace

Result<std::unique_ptr<ManifestWriter>> ManifestWriter::create(std::filesystem::path file, ManifestHeader header,
                                                               SigningKey key) {
  if (const auto fault = fault_of(header)) return fail(ErrorKind::bug, *fault);
  header.signer = key.public_key().hex();
  GODWIT_TRY(OutputFile output, OutputFile::create(file, 0600));
  return std::make_unique<Writer>(std::move(file), std::move(output), header, std::move(key));
}

}  // namespace godwit::report
