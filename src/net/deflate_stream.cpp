// SPDX-License-Identifier: Apache-2.0
// IMAP COMPRESS=DEFLATE (RFC 4978) over any stream.
#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <new>

#include "base/error_code.h"
#include "net/connect.h"

namespace godwit::net {
namespace {

constexpr std::size_t buffer_size = 32 * 1024;
constexpr int raw_deflate = -MAX_WBITS;

Bytef* writable(char* bytes) { return reinterpret_cast<Bytef*>(bytes); }
uInt clamped(std::size_t size) {
  return static_cast<uInt>(std::min<std::size_t>(size, std::numeric_limits<uInt>::max()));
}

class Inflater {
 public:
  Inflater() {
    if (inflateInit2(&zlib_, raw_deflate) != Z_OK) throw std::bad_alloc();
  }
  ~Inflater() { inflateEnd(&zlib_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

  // Where the next compressed bytes go; only when needs_input().
  [[nodiscard]] std::span<char> input_space() { return {input_.get(), buffer_size}; }
  void take_input(std::size_t size) {
    zlib_.next_in = writable(input_.get());
    zlib_.avail_in = static_cast<uInt>(size);
  }
  [[nodiscard]] bool needs_input() const { return zlib_.avail_in == 0 && !may_hold_output_ && !is_at_end_; }
  // The peer has ended its deflate stream, which RFC 4978 does not forbid.
  [[nodiscard]] bool is_at_end() const { return is_at_end_; }

  // Decompresses into `output`; 0 means that more input is needed, or the end.
  [[nodiscard]] Result<std::size_t> run(std::span<char> output) {
    zlib_.next_out = writable(output.data());
    zlib_.avail_out = clamped(output.size());
    const uInt space = zlib_.avail_out;
    const int status = inflate(&zlib_, Z_SYNC_FLUSH);
    if (status == Z_MEM_ERROR) throw std::bad_alloc();
    if (status != Z_OK && status != Z_STREAM_END && status != Z_BUF_ERROR) {
      return fail(codes::compression_damaged, fmt::format("the server's compressed data is damaged: {}",
                                                          zlib_.msg != nullptr ? zlib_.msg : "no DEFLATE stream"));
    }
    is_at_end_ = status == Z_STREAM_END;
    may_hold_output_ = zlib_.avail_out == 0 && !is_at_end_;
    return space - zlib_.avail_out;
  }

 private:
  z_stream zlib_{};
  std::unique_ptr<char[]> input_ = std::make_unique_for_overwrite<char[]>(buffer_size);
  bool may_hold_output_ = false;
  bool is_at_end_ = false;
};

class Deflater {
 public:
  Deflater() {
    // The fastest level: on lines where compressing pays at all, the CPU is the scarcer good.
    if (deflateInit2(&zlib_, Z_BEST_SPEED, Z_DEFLATED, raw_deflate, MAX_MEM_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK) {
      throw std::bad_alloc();
    }
    empty_output();
  }
  ~Deflater() { deflateEnd(&zlib_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  // Compresses from the front of `input`, which it shortens; returns whether the output is full and must be written first.
  // `flush`: Z_NO_FLUSH, or Z_SYNC_FLUSH to be repeated until false.
  [[nodiscard]] bool run(std::string_view& input, int flush) {
    zlib_.next_in = writable(const_cast<char*>(input.data()));  // zlib only reads it
    zlib_.avail_in = clamped(input.size());
    const uInt given = zlib_.avail_in;
    (void)deflate(&zlib_, flush);  // Z_BUF_ERROR: nothing was left to flush
    input.remove_prefix(given - zlib_.avail_in);
    return zlib_.avail_out == 0;
  }

  [[nodiscard]] std::string_view output() const { return {output_.get(), buffer_size - zlib_.avail_out}; }
  void empty_output() {
    zlib_.next_out = writable(output_.get());
    zlib_.avail_out = static_cast<uInt>(buffer_size);
  }

 private:
  z_stream zlib_{};
  std::unique_ptr<char[]> output_ = std::make_unique_for_overwrite<char[]>(buffer_size);
};

class DeflateStream final : public Stream {
 public:
  explicit DeflateStream(std::unique_ptr<Stream> inner) : inner_(std::move(inner)) {}

  Task<Result<std::size_t>> read_some(std::span<char> buffer) override {
    while (!inflater_.is_at_end()) {
      if (inflater_.needs_input()) {
        GODWIT_CO_TRY(const std::size_t received, co_await inner_->read_some(inflater_.input_space()));
        if (received == 0) break;
        inflater_.take_input(received);
      }
      auto size = inflater_.run(buffer);
      if (!size) co_return std::unexpected(std::move(size).error().at(peer()));
      if (*size > 0) co_return *size;
    }
    co_return std::size_t{0};
  }

  Task<Result<>> write(std::span<const std::string_view> pieces) override {
    bool is_anything_written = false;
    for (std::string_view piece : pieces) {
      while (!piece.empty()) {
        is_anything_written = true;
        if (deflater_.run(piece, Z_NO_FLUSH)) GODWIT_CO_CHECK(co_await write_output());
      }
    }
    if (!is_anything_written) co_return Result<>{};
    std::string_view nothing;
    while (deflater_.run(nothing, Z_SYNC_FLUSH)) GODWIT_CO_CHECK(co_await write_output());
    co_return co_await write_output();
  }

  void set_wait_limit(std::chrono::milliseconds limit) override { inner_->set_wait_limit(limit); }
  void close() override { inner_->close(); }
  std::string peer() const override { return inner_->peer(); }
  std::string security() const override { return inner_->security(); }
  std::optional<ServerCertificate> certificate() const override { return inner_->certificate(); }
  std::chrono::nanoseconds waited_reading() const override { return inner_->waited_reading(); }
  std::chrono::nanoseconds waited_writing() const override { return inner_->waited_writing(); }

 private:
  Task<Result<>> write_output() {
    if (deflater_.output().empty()) co_return Result<>{};
    const std::array pieces{deflater_.output()};
    GODWIT_CO_CHECK(co_await inner_->write(pieces));
    deflater_.empty_output();
    co_return Result<>{};
  }

  std::unique_ptr<Stream> inner_;
  Inflater inflater_;
  Deflater deflater_;
};

}  // namespace

std::unique_ptr<Stream> start_deflate(std::unique_ptr<Stream> inner) {
  return std::make_unique<DeflateStream>(std::move(inner));
}

}  // namespace godwit::net
