// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/error_code.h"
#include "base/file_error.h"
#include "base/text.h"
#include "report/manifest.h"
#include "report/manifest_line.h"
#include "report/manifest_sequence.h"

namespace godwit::report {
namespace {

using std::filesystem::path;

constexpr std::size_t chunk_size = std::size_t{64} << 10;

constexpr std::string_view advice = "; take a complete copy of the manifest from where it was made, or make a new one";

class InputFile {
 public:
  static Result<InputFile> open(const path& file) {
    InputFile input(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));  // a FIFO must not stop us
    struct stat status{};
    if (input.descriptor_ < 0 || ::fstat(input.descriptor_, &status) != 0) {
      return file_error(file, "the manifest cannot be read", errno);
    }
    if (!S_ISREG(status.st_mode)) {
      return fail(codes::no_manifest,
                  fmt::format("{}: this is not a file; give the name of a manifest", printable(file.native())));
    }
    input.size_ = static_cast<std::uint64_t>(status.st_size);
    return input;
  }
  InputFile(InputFile&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)), size_(other.size_) {}
  InputFile& operator=(InputFile&&) = delete;
  ~InputFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  [[nodiscard]] std::uint64_t size() const { return size_; }  // when it was opened

  // Appends what lies from `offset` to `end`, but not more than a chunk; nothing where the file ends before.
  Result<> read_chunk(std::string& text, std::uint64_t offset, std::uint64_t end) const {
    const std::size_t before = text.size();
    text.resize(before + static_cast<std::size_t>(std::min<std::uint64_t>(chunk_size, end - offset)));
    ssize_t got = -1;
    do {
      got = ::pread(descriptor_, text.data() + before, text.size() - before, static_cast<off_t>(offset));
    } while (got < 0 && errno == EINTR);
    if (got < 0) return fail(ErrorKind::storage, fmt::format("the manifest cannot be read ({})", std::strerror(errno)));
    text.resize(before + static_cast<std::size_t>(got));
    return {};
  }

 private:
  explicit InputFile(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
  std::uint64_t size_ = 0;
};

std::unexpected<Error> changed() {
  return fail(codes::manifest_damaged, "the file changed while it was read; what was read of it must not be used. Try again");
}

// The lines of the first `end` bytes, and the digest of what was read.
class Lines {
 public:
  Lines(const InputFile& file, std::uint64_t end) : file_(file), end_(end) {}

  // Without its newline, valid until the next call; nothing at the end.
  Result<std::optional<std::string_view>> next() {
    std::size_t newline = text_.find('\n', begin_);
    while (newline == std::string::npos && offset_ < end_ && text_.size() - begin_ < longest_manifest_line) {
      GODWIT_TRY(const std::size_t searched, read_more());
      newline = text_.find('\n', searched);
    }
    const std::string_view rest = std::string_view(text_).substr(begin_);
    if (rest.empty()) return std::nullopt;
    const std::size_t length = newline == std::string::npos ? rest.size() : newline - begin_;
    if (length >= longest_manifest_line) return fail(codes::manifest_damaged, "the line is too long");
    if (newline == std::string::npos) return fail(codes::manifest_damaged, "the line has no end");
    begin_ = newline + 1;
    return rest.substr(0, length);
  }

  [[nodiscard]] Digest digest() { return hasher_.finish(); }

 private:
  // Returns where the new bytes begin.
  Result<std::size_t> read_more() {
    text_.erase(0, std::exchange(begin_, 0));
    const std::size_t before = text_.size();
    GODWIT_CHECK(file_.read_chunk(text_, offset_, end_));
    if (text_.size() == before) return changed();
    hasher_.update(std::string_view(text_).substr(before));
    offset_ += text_.size() - before;
    return before;
  }

  const InputFile& file_;
  std::uint64_t end_, offset_ = 0;
  Sha256 hasher_;
  std::string text_;
  std::size_t begin_ = 0;  // of what was not given out yet
};

class Reader final : public ManifestReader {
 public:
  Reader(path file, InputFile input)
      : file_(std::move(file)), input_(std::move(input)),
        signed_size_(input_.size() - std::min<std::uint64_t>(input_.size(), signature_line_size)) {}

  Result<> begin(const PublicKey& key) {
    GODWIT_TRY(header_, read_header(input_.size()));
    GODWIT_TRY(const Signature signature, read_signature());
    if (header_.signer != key.hex()) {
      return fail(codes::manifest_of_other_key, fmt::format("signed with another key: {}, but the one given is {}; give the public key of "
                                                            "whoever made it", printable(header_.signer), key.hex()));
    }
    GODWIT_TRY(digest_, digest_of_signed_bytes());
    if (!key.verifies(signed_text(digest_), signature)) {
      return fail(codes::manifest_damaged,
                  fmt::format("the signature does not fit: the file was changed after it was signed{}", advice));
    }
    GODWIT_TRY(header_, read_header(signed_size_));
    return {};
  }

  const ManifestHeader& header() const override { return header_; }

  Result<std::optional<ManifestItem>> next() override {
    if (!state_) return std::unexpected(state_.error());
    if (is_at_end_) return std::nullopt;
    auto item = next_item();
    if (!item) {
      state_ = std::unexpected(with_place(std::move(item).error()));
      return std::unexpected(state_.error());
    }
    is_at_end_ = !item->has_value();
    return item;
  }

  Error with_place(Error error) const { return std::move(error).at(printable(file_.native())); }

 private:
  Result<ManifestHeader> read_header(std::uint64_t end) {
    lines_ = std::make_unique<Lines>(input_, end);
    sequence_ = {};
    const auto line = next_line();
    auto header = !line    ? std::unexpected(line.error())
                  : !*line ? fail(codes::manifest_damaged, "it is empty")
                           : sequence_.begin(**line);
    if (header || header.error().kind == ErrorKind::usage) return header;
    const Error& fault = header.error();
    const std::string place = fault.where.empty() ? std::string() : fault.where + ": ";
    return fail(codes::no_manifest,
                fmt::format("this is not a manifest, or its header is damaged ({}{}){}", place, fault.what, advice));
  }

  Result<Signature> read_signature() const {
    std::string text;
    GODWIT_CHECK(input_.read_chunk(text, signed_size_, input_.size()));
    if (const auto signature = parse_signature_line(text)) return *signature;
    return fail(codes::manifest_damaged, fmt::format("the file does not end with a signature: it was cut off or changed{}", advice));
  }

  Result<Digest> digest_of_signed_bytes() const {
    Sha256 hasher;
    std::string text;
    for (std::uint64_t offset = 0; offset < signed_size_; offset += text.size()) {
      text.clear();
      GODWIT_CHECK(input_.read_chunk(text, offset, signed_size_));
      if (text.empty()) return changed();
      hasher.update(text);
    }
    return hasher.finish();
  }

  Result<std::optional<ManifestItem>> next_item() {
    GODWIT_TRY(const auto line, next_line());
    if (!line) return fail(codes::manifest_damaged, fmt::format("after line {}: the end is missing", sequence_.lines()));
    GODWIT_TRY(auto item, sequence_.next(*line));
    if (item) return item;
    GODWIT_TRY(const auto more, next_line());
    if (more) return fail(codes::manifest_damaged, fmt::format("after line {}: there are lines behind the end", sequence_.lines()));
    if (lines_->digest() != digest_) return changed();
    return std::nullopt;
  }

  Result<std::optional<std::string_view>> next_line() {
    auto line = lines_->next();
    if (!line) return std::unexpected(std::move(line).error().at(fmt::format("line {}", sequence_.lines() + 1)));
    return line;
  }

  path file_;
  InputFile input_;
  std::uint64_t signed_size_;
  std::unique_ptr<Lines> lines_;
  ManifestSequence sequence_;
  ManifestHeader header_;
  Digest digest_;
  Result<> state_;
  bool is_at_end_ = false;
};

}  // namespace

Result<std::unique_ptr<ManifestReader>> ManifestReader::open(path file, const PublicKey& key) {
  auto input = InputFile::open(file);
  if (!input) return std::unexpected(std::move(input).error());
  auto reader = std::make_unique<Reader>(std::move(file), *std::move(input));
  if (auto begun = reader->begin(key); !begun) return std::unexpected(reader->with_place(std::move(begun).error()));
  return reader;
}

}  // namespace godwit::report
