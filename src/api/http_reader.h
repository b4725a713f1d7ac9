// SPDX-License-Identifier: Apache-2.0
// Feeds Beast's HTTP parsers from a socket, with a deadline.
#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <boost/system/error_code.hpp>
#include <string>

#include "api/local_stream.h"

namespace godwit::api {

class HttpReader {
 public:
  explicit HttpReader(LocalStream& stream) : stream_(stream) {}

  // One step: gives the parser bytes that it can use, which are read first where none are left. The inner code is the
  // parser's judgement; http::error::end_of_stream when the peer left between two messages, partial_message when within one. Errors:
  // those of LocalStream::read_some.
  template <bool is_request>
  [[nodiscard]] Task<Result<boost::system::error_code>> feed(boost::beast::http::basic_parser<is_request>& parser,
                                                             LocalStream::Clock::time_point deadline);

 private:
  [[nodiscard]] Task<Result<std::size_t>> read_more(LocalStream::Clock::time_point deadline);

  LocalStream& stream_;
  std::string pending_;     // read and not parsed
  bool needs_more_ = true;  // the parser can do nothing with what is pending
};

}  // namespace godwit::api
