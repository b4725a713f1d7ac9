// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>

#include "adapters/imap/body_store.h"
#include "adapters/imap/label_snapshot.h"
#include "endpoint/session.h"

namespace godwit::adapters {

// Messages of a place in ascending order of UID, with the keywords that stand for labels. What was read for another place before comes
// out of the store, and what will be wanted for another one goes into it. `fetch` asks the server for the rest, at once.
class LabelMessages final : public endpoint::MessageReader {
 public:
  using Fetch = std::function<std::unique_ptr<endpoint::MessageReader>(const UidSet&)>;
  LabelMessages(std::shared_ptr<LabelSnapshot> snapshot, std::shared_ptr<BodyStore> store, std::size_t place, const UidSet& asked,
                const Fetch& fetch);
  ~LabelMessages() override;

  [[nodiscard]] Task<Result<std::optional<endpoint::Message>>> next() override;
  [[nodiscard]] Task<Result<std::span<const char>>> read() override;

 private:
  [[nodiscard]] Task<Result<std::optional<endpoint::Message>>> next_of_server();
  [[nodiscard]] std::optional<endpoint::Message> next_kept();
  void begin_keeping(const endpoint::Message& message);
  void end_keeping();
  [[nodiscard]] BodyStore::Key key_of(Uid uid) const { return {space_, uid}; }

  std::shared_ptr<LabelSnapshot> snapshot_;
  std::shared_ptr<BodyStore> store_;
  std::size_t place_, space_;
  UidSet kept_, of_server_, missing_, claimed_;  // still to come, out of the store and from the server; what did not; what others rely on
  std::unique_ptr<endpoint::MessageReader> inner_;
  // The message that next() gave last, while it is read or written in pieces.
  struct {
    Uid uid = 0;
    BodyStore::Kept body;
    std::uint64_t at = 0;
    bool is_kept = false, is_being_kept = false;
  } current_;
  std::string buffer_;
};

}  // namespace godwit::adapters
