// SPDX-License-Identifier: Apache-2.0
// While it lives, systems that know their messages by names have the numbers of these in the account's ledger.
#pragma once

#include "endpoint/session.h"
#include "ledger/ledger.h"

namespace godwit::sync {

class Numbering {
 public:
  // `source` may be nullptr. All must outlive this, and no session may be open when it goes.
  Numbering(endpoint::Source* source, endpoint::Target& target, ledger::AccountLedger& account);
  ~Numbering();
  Numbering(const Numbering&) = delete;
  Numbering& operator=(const Numbering&) = delete;

 private:
  endpoint::Source* source_;
  endpoint::Target& target_;
};

}  // namespace godwit::sync
