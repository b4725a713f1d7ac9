// SPDX-License-Identifier: Apache-2.0
// The one asynchronous model of the project: Asio coroutines. A task starts when it is awaited.
#pragma once

#include <boost/asio/awaitable.hpp>

namespace godwit {

template <class T = void>
using Task = boost::asio::awaitable<T>;

}  // namespace godwit
