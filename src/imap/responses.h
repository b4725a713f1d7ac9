// SPDX-License-Identifier: Apache-2.0
// What a server sends, one struct per kind of response (RFC 9051 §7). Response holds any of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "imap/rights.h"
#include "imap/types.h"

namespace godwit::imap {

struct Continuation {
  std::string text;
};

struct TaggedResponse {
  std::string tag;
  StatusResponse status;
};

struct UntaggedStatus {
  enum class Kind { ok, no, bad, bye, preauth } kind = Kind::ok;
  StatusResponse response;  // status: ok for OK and PREAUTH, no for NO and BYE
};

struct CapabilityResponse {
  Capabilities capabilities;
};

struct EnabledResponse {
  std::vector<std::string> extensions;
};

struct ListResponse {
  ListData data;
  bool is_lsub = false;
};

struct NamespaceResponse {
  Namespaces namespaces;
};

struct QuotaResponse {
  QuotaData data;
};

struct FlagsResponse {
  std::vector<std::string> flags;
};

struct MessageNumber {
  enum class Kind { exists, recent, expunge } kind = Kind::exists;
  std::uint32_t number = 0;
};

struct VanishedResponse {
  UidSet uids;
  bool earlier = false;
};

struct SearchResponse {  // SEARCH and ESEARCH; of ESEARCH only ALL is kept
  std::string tag;       // of ESEARCH's correlator; empty: not told
  UidSet numbers;
};

struct FetchResponse {
  std::uint32_t number = 0;  // sequence number; not to be relied upon
  FetchedMessage message;
};

struct IdResponse {
  std::vector<std::pair<std::string, std::string>> fields;
};

// Well-framed, but nothing that we know or need.
struct UnknownResponse {
  std::string name;
};

using Response = std::variant<UnknownResponse, Continuation, TaggedResponse, UntaggedStatus, CapabilityResponse, EnabledResponse,
                              ListResponse, NamespaceResponse, StatusData, FlagsResponse, MessageNumber, VanishedResponse,
                              SearchResponse, FetchResponse, IdResponse, QuotaResponse, AclData, ListRightsData, MyRightsData,
                              MetadataData>;

}  // namespace godwit::imap
