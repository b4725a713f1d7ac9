// SPDX-License-Identifier: Apache-2.0
// The writing half of a lane: makes batches of what the channel brings, writes intents, appends, and records results while the next
// batch is on its way. A batch whose outcome is not certain is resolved before anything more goes to the target.
#pragma once

#include <deque>
#include <memory>
#include <vector>

#include "sync/moves.h"
#include "sync/traffic.h"

namespace godwit::sync {

class TargetWriter {
 public:
  TargetWriter(const RoundContext& context, endpoint::TargetSession& session, Channel<Traffic>& channel,
               boost::asio::any_io_executor executor);

  // Until the channel is closed and everything is settled. Also run settle() beside it.
  [[nodiscard]] Task<Result<>> write();
  // Awaits the outcomes of what is in flight, in order, and records them, until write() has returned.
  [[nodiscard]] Task<Result<>> settle();

  // The other half, or one of the two loops, gave up: whoever waits stops waiting.
  void abandon();

 private:
  struct Batch {
    FolderWork* work = nullptr;
    ledger::BatchId id = 0;
    std::vector<WholeMessage> messages;
    std::size_t sent = 0;  // how many there were
    std::unique_ptr<endpoint::Pending<endpoint::AppendOutcome>> pending;
    // A large message that went by itself: its body is not kept.
    std::optional<ledger::ItemRecord> streamed;
    MessageFlags held_back;  // of it
    Budget::Share streamed_share;
  };
  struct Troubled {
    Batch batch;
    endpoint::AppendOutcome outcome;
  };

  [[nodiscard]] Task<Result<>> take(FolderBegins begins);
  [[nodiscard]] Task<Result<>> take(WholeMessage message);
  [[nodiscard]] Task<Result<>> take(StreamedMessage message);
  [[nodiscard]] Task<Result<>> take(UnreadableMessage message);
  [[nodiscard]] Task<Result<>> take(FolderEnds ends);
  [[nodiscard]] Task<Result<>> take(MoreRoom);

  // Before the first message of a folder: reads its candidates where there may be any.
  [[nodiscard]] Task<Result<>> look_at_folder();
  // Takes everything that is collected for the current folder to the target.
  [[nodiscard]] Task<Result<>> flush();
  // The part of it that needs no message to be sent.
  [[nodiscard]] Task<Result<>> flush_records();
  [[nodiscard]] Task<Result<>> send_batch();
  [[nodiscard]] Task<Result<>> move_vanished(std::vector<WholeMessage>& messages);
  // Returns which of them are dealt with.
  [[nodiscard]] Task<Result<std::vector<std::size_t>>> move_vanished(std::span<const Moves::Asker> askers);
  [[nodiscard]] Task<Result<>> send(FolderWork& work, std::vector<WholeMessage> messages);
  [[nodiscard]] Task<Result<>> stream(StreamedMessage& message);
  [[nodiscard]] Task<Result<StreamedMessage::Verdict>> look_up(StreamedMessage& message);
  [[nodiscard]] Task<Result<>> note_match(const endpoint::Message& message, const Inspection& found, const Match& match);
  [[nodiscard]] Task<Result<>> record_matched();
  [[nodiscard]] Task<Result<>> send_flag_changes();
  [[nodiscard]] Task<Result<>> record_problem(FolderWork& work, ledger::Problem problem);

  // Waits until nothing is in flight.
  [[nodiscard]] Task<Result<>> drain();
  // drain(), and resolves the batches whose outcome is not certain.
  [[nodiscard]] Task<Result<>> resolve_troubled();
  [[nodiscard]] Task<Result<>> resolve(Batch batch, endpoint::AppendOutcome outcome);
  struct Matches {
    std::vector<ledger::ItemRecord> items;
    std::vector<ledger::Problem> problems;  // of those that are repaired
    std::vector<ChangeFlags> flags;  // that they have on the source alone
  };
  // Moves the messages of the batch that are among the unknown ones out of it.
  [[nodiscard]] Matches match(Batch& batch, Candidates& unknown);
  [[nodiscard]] Task<Result<>> send_again(Batch batch, endpoint::AppendOutcome outcome);
  // What an append() would lose, or the target refuses with it: it is brought when the message is there.
  [[nodiscard]] MessageFlags late_flags(const FolderWork& work, const MessageFlags& flags) const;
  // Sends a message that was refused for its keywords without them. False: they are not to blame.
  [[nodiscard]] Task<Result<bool>> sent_without_keywords(FolderWork& work, WholeMessage& refused, const Error& error);
  // Tries the next repaired form of a message that was refused by itself; where there is none it is reported.
  [[nodiscard]] Task<Result<>> repair_or_report(FolderWork& work, WholeMessage refused, Error error);
  [[nodiscard]] Task<Result<>> record_stored(Batch batch, const endpoint::AppendOutcome& outcome);
  [[nodiscard]] bool is_credible(const Batch& batch, const endpoint::AppendOutcome& outcome) const;

  void note_moved(FolderWork& work, const std::vector<ledger::ItemRecord>& items, std::uint64_t& counter);

  const RoundContext& context_;
  endpoint::TargetSession& session_;
  Channel<Traffic>& channel_;

  FolderWork* work_ = nullptr;  // the folder that the channel is at
  std::vector<WholeMessage> batch_;
  std::uint64_t batch_bytes_ = 0;
  std::vector<ledger::ItemRecord> matched_;
  std::vector<ChangeFlags> flag_changes_;  // of matched ones

  std::deque<Batch> in_flight_;
  bool is_settling_ = false;  // settle() has taken one out of in_flight_
  std::vector<Troubled> troubled_;
  Signal changed_;
  bool finished_ = false, abandoned_ = false;
  std::chrono::milliseconds backoff_{0};
};

}  // namespace godwit::sync
