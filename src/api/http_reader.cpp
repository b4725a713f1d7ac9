// SPDX-License-Identifier: Apache-2.0
#include "api/http_reader.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

namespace godwit::api {

namespace http = boost::beast::http;
using boost::system::error_code;

namespace {
constexpr std::size_t piece_size = 16384;
// What the parser cannot use yet is a header, or the head or trailer of a chunk, which it does not limit.
constexpr std::size_t pending_limit = 131072;
}

Task<Result<std::size_t>> HttpReader::read_more(LocalStream::Clock::time_point deadline) {
  const std::size_t size = pending_.size();
  pending_.resize(size + piece_size);
  const Result<std::size_t> received = co_await stream_.read_some(std::span(pending_).subspan(size), deadline);
  pending_.resize(size + received.value_or(0));
  co_return received;
}

template <bool is_request>
Task<Result<error_code>> HttpReader::feed(http::basic_parser<is_request>& parser, LocalStream::Clock::time_point deadline) {
  error_code code;
  if (needs_more_ || pending_.empty()) {
    GODWIT_CO_TRY(const std::size_t received, co_await read_more(deadline));
    if (received == 0) {
      if (!parser.got_some() && pending_.empty()) co_return error_code(http::error::end_of_stream);
      if (parser.got_some()) parser.put_eof(code);
      co_return code || parser.is_done() ? code : error_code(http::error::partial_message);
    }
  }
  const std::size_t consumed = parser.put(boost::asio::buffer(pending_), code);
  pending_.erase(0, consumed);
  needs_more_ = code == http::error::need_more || consumed == 0;
  if (code == http::error::need_more) code = {};
  if (needs_more_ && pending_.size() > pending_limit) code = http::error::header_limit;
  co_return code;
}

template Task<Result<error_code>> HttpReader::feed(http::basic_parser<true>&, LocalStream::Clock::time_point);
template Task<Result<error_code>> HttpReader::feed(http::basic_parser<false>&, LocalStream::Clock::time_point);

}  // namespace godwit::api
