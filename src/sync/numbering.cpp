// SPDX-License-Identifier: Apache-2.0
#include "sync/numbering.h"

namespace godwit::sync {
namespace {

class LedgerKeyBook final : public endpoint::KeyBook {
 public:
  LedgerKeyBook(ledger::AccountLedger& account, ledger::Side side) : account_(account), side_(side) {}

  Task<Result<KeyedFolder>> open(std::string folder) override { return account_.keyed_folder(side_, std::move(folder)); }
  Task<Result<std::vector<Uid>>> number(std::string folder, std::vector<std::string> keys) override {
    return account_.number_keys(side_, std::move(folder), std::move(keys));
  }
  Task<Result<>> forget(std::string folder, UidSet uids) override { return account_.forget_keys(side_, std::move(folder), std::move(uids)); }

 private:
  ledger::AccountLedger& account_;
  const ledger::Side side_;
};

}  // namespace

Numbering::Numbering(endpoint::Source* source, endpoint::Target& target, ledger::AccountLedger& account) : source_(source), target_(target) {
  if (source_ != nullptr) source_->number_by(std::make_shared<LedgerKeyBook>(account, ledger::Side::source));
  target_.number_by(std::make_shared<LedgerKeyBook>(account, ledger::Side::target));
}

Numbering::~Numbering() {
  if (source_ != nullptr) source_->number_by(nullptr);
  target_.number_by(nullptr);
}

}  // namespace godwit::sync
