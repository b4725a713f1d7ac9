// SPDX-License-Identifier: Apache-2.0
// Sessions that hold one of their server's connections and count what they move. What only makes a request is passed through, but for
// the time that the server states in its answer.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "endpoint/session.h"
#include "limits/meter.h"

namespace godwit::limits {

// The view itself where nothing is metered.
[[nodiscard]] std::unique_ptr<endpoint::FolderView> metered(std::unique_ptr<endpoint::FolderView> view,
                                                           const std::shared_ptr<Meter>& meter);

[[nodiscard]] std::unique_ptr<endpoint::Pending<void>> noted_pending(std::unique_ptr<endpoint::Pending<void>> pending,
                                                                     const std::shared_ptr<Meter>& meter);

// What sources and targets have in common; Base is Session or TargetSession.
template <class Base>
class LimitedSession : public Base {
 public:
  LimitedSession(std::unique_ptr<Base> inner, Permit permit, Meter meter)
      : permit_(std::move(permit)), inner_(std::move(inner)), meter_(std::make_shared<Meter>(std::move(meter))) {}

  [[nodiscard]] const endpoint::Traits& traits() const override { return inner_->traits(); }
  [[nodiscard]] Task<Result<endpoint::ServerFacts>> facts() override { return noted(meter_, inner_->facts()); }
  [[nodiscard]] Task<Result<std::vector<endpoint::Folder>>> folders() override { return noted(meter_, inner_->folders()); }
  [[nodiscard]] std::unique_ptr<endpoint::FolderView> open(const endpoint::Folder& folder) override {
    return metered(inner_->open(folder), meter_);
  }
  [[nodiscard]] endpoint::Extras* extras() override { return inner_->extras(); }
  [[nodiscard]] Task<Result<>> flush() override { return noted(meter_, inner_->flush()); }
  [[nodiscard]] bool wants_to_adapt() const override { return inner_->wants_to_adapt(); }
  [[nodiscard]] Task<Result<>> adapt() override { return inner_->adapt(); }
  [[nodiscard]] std::chrono::nanoseconds waited() const override { return inner_->waited(); }
  void close() override {
    inner_->close();
    permit_.release();
  }

 protected:
  [[nodiscard]] Base& inner() { return *inner_; }
  [[nodiscard]] const Base& inner() const { return *inner_; }
  [[nodiscard]] const std::shared_ptr<Meter>& meter() const { return meter_; }

 private:
  Permit permit_;  // in front of the session: given back when that is gone
  std::unique_ptr<Base> inner_;
  std::shared_ptr<Meter> meter_;
};

class LimitedTargetSession final : public LimitedSession<endpoint::TargetSession> {
 public:
  using LimitedSession::LimitedSession;

  [[nodiscard]] std::string name_for(const endpoint::FolderPath& path) const override { return inner().name_for(path); }
  [[nodiscard]] Task<Result<std::vector<Result<endpoint::Folder>>>> create_folders(
      std::span<const endpoint::NewFolder> folders) override {
    return noted(meter(), inner().create_folders(folders));
  }
  [[nodiscard]] std::unique_ptr<endpoint::Pending<void>> subscribe(std::span<const endpoint::Folder> folders) override {
    return noted_pending(inner().subscribe(folders), meter());
  }
  [[nodiscard]] Task<Result<>> remove_folder(const endpoint::Folder& folder) override {
    return noted(meter(), inner().remove_folder(folder));
  }
  [[nodiscard]] Task<Result<>> rename_folder(const endpoint::Folder& folder, const endpoint::FolderPath& path) override {
    return noted(meter(), inner().rename_folder(folder, path));
  }
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::Pending<std::vector<std::string>>>>> try_out(
      const endpoint::NewFolder& folder, std::span<const endpoint::NewMessage> messages) override;
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::Pending<endpoint::AppendOutcome>>>> append(
      const endpoint::Folder& folder, std::span<const endpoint::NewMessage> messages) override;
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::AppendStream>>> append_stream(const endpoint::Folder& folder,
                                                                                    const MessageFlags& flags,
                                                                                    const std::string& date,
                                                                                    std::uint64_t size) override;
  [[nodiscard]] std::unique_ptr<endpoint::Pending<void>> change_flags(const endpoint::Folder& folder,
                                                                      std::span<const FlagChange> changes) override {
    return noted_pending(inner().change_flags(folder, changes), meter());
  }
  [[nodiscard]] Task<Result<Moved>> move(const endpoint::Folder& from, const UidSet& uids, const endpoint::Folder& to) override {
    return noted(meter(), inner().move(from, uids, to));
  }
  [[nodiscard]] std::unique_ptr<endpoint::Pending<void>> remove(const endpoint::Folder& folder, const UidSet& uids) override {
    return noted_pending(inner().remove(folder, uids), meter());
  }

 private:
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::Pending<endpoint::AppendOutcome>>>> append_metered(
      const endpoint::Folder& folder, std::span<const endpoint::NewMessage> messages, std::uint64_t bytes);
  [[nodiscard]] Task<Result<std::unique_ptr<endpoint::AppendStream>>> append_stream_metered(const endpoint::Folder& folder,
                                                                                            const MessageFlags& flags,
                                                                                            const std::string& date,
                                                                                            std::uint64_t size);
};

}  // namespace godwit::limits
