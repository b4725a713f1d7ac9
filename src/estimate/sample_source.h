// SPDX-License-Identifier: Apache-2.0
// A few messages of an account as an account of its own, for a calibration: they are read from the source, but what is handed on
// is generated text of the same size, in folders with other names.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/uid_set.h"
#include "endpoint/session.h"

namespace godwit::estimate {

struct SampleFolder {
  endpoint::Folder of;           // where the messages are
  UidSet uids;
  endpoint::FolderPath path;     // under which they are shown
};

// `inner` must outlive it.
[[nodiscard]] std::unique_ptr<endpoint::Source> make_sample_source(endpoint::Source& inner, std::vector<SampleFolder> folders);

// A message of exactly that size in lines with CRLF; different numbers give different messages where the size has room for that.
[[nodiscard]] std::string generated_message(std::uint64_t size, std::uint64_t number);

}  // namespace godwit::estimate
