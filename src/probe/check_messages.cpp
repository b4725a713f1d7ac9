// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <optional>
#include <span>

#include "mime/difference.h"
#include "mime/hazards.h"
#include "probe/checks.h"
#include "probe/specimens.h"

namespace godwit::probe {
namespace {

using endpoint::AppendOutcome;
using endpoint::Folder;
using endpoint::Message;

struct Given {
  const Specimen* specimen = nullptr;
  Uid uid = 0;  // 0: not told
};

// Above this size they go as a stream, as they do in a migration.
constexpr std::size_t streamed_above = 2 << 20;

Task<Result<AppendOutcome>> store(Stage& stage, const Folder& folder, const std::string& bytes) {
  if (bytes.size() <= streamed_above) {
    const std::array<endpoint::NewMessage, 1> one{{{{}, std::string(plain_date), bytes}}};
    co_return co_await stage.append(folder, one);
  }
  GODWIT_CO_TRY(auto* const session, co_await stage.writer());
  GODWIT_CO_TRY(const auto stream, co_await session->append_stream(folder, {}, std::string(plain_date), bytes.size()));
  GODWIT_CO_CHECK(co_await stream->write(bytes));
  GODWIT_CO_TRY(const auto pending, co_await stream->finish());
  co_return co_await pending->get();
}

// A server that ends the session at a message gets it once more on a new one, in case it was not the message.
Task<Result<std::optional<Given>>> give(Stage& stage, Sheet& sheet, const Folder& folder, const Specimen& specimen) {
  auto stored = co_await store(stage, folder, specimen.bytes);
  if (!stored && ends_session(stored.error())) {
    stage.drop();
    stored = co_await store(stage, folder, specimen.bytes);
  }
  if (!stored) {
    if (ends_session(stored.error())) stage.drop();
    sheet.refused(specimen.key, specimen.subject, stored.error());
    co_return std::nullopt;
  }
  if (stored->kind == AppendOutcome::Kind::refused) {
    sheet.refused(specimen.key, specimen.subject, stored->error);
    co_return std::nullopt;
  }
  co_return Given{&specimen, uid_of(*stored)};
}

// By its bytes; by its number, where they are altered; by its place, where no number is told and both sides have as many.
const Message* find(const Contents& contents, std::span<const Given> given, std::size_t place) {
  const Given& one = given[place];
  const Message* const numbered = contents.find(one.uid);
  if (numbered != nullptr && numbered->bytes == one.specimen->bytes) return numbered;
  if (const Message* const same = contents.find(one.specimen->bytes)) return same;
  if (one.uid != 0) return numbered;
  return contents.messages.size() == given.size() ? &contents.messages[place] : nullptr;
}

void judge(Sheet& sheet, const Specimen& specimen, const Message* stored, bool is_unreadable) {
  if (stored == nullptr) {
    // Who looks at the list sees what is missing there; what is listed counts as moved.
    sheet.broken(specimen.key, specimen.subject, is_unreadable ? Harm::grave : Harm::told,
                 is_unreadable ? "accepted and listed, and cannot be read" : "accepted, and not there");
  } else if (stored->bytes == specimen.bytes) {
    sheet.kept(specimen.key, specimen.subject);
  } else {
    const bool is_read_back = mime::find_hazards(specimen.bytes).any();
    const Harm harm = specimen.bytes.empty() ? Harm::none : is_read_back ? Harm::told : Harm::grave;
    sheet.altered(specimen.key, specimen.subject, harm,
                  mime::describe_difference(specimen.bytes, stored->bytes));
  }
}

}  // namespace

Task<Result<>> check_messages(Stage& stage, Sheet& sheet, const Amounts& amounts) {
  const std::vector<Specimen> specimens = make_specimens(amounts.is_large);
  GODWIT_CO_TRY(const Folder folder, co_await stage.make("messages"));
  std::vector<Given> given;
  for (const Specimen& specimen : specimens) {
    GODWIT_CO_TRY(const auto one, co_await give(stage, sheet, folder, specimen));
    if (one) given.push_back(*one);
  }
  GODWIT_CO_TRY(const Contents contents, co_await stage.read(folder));
  for (std::size_t i = 0; i < given.size(); ++i) {
    const bool is_unreadable = given[i].uid == 0 ? !contents.unreadable.empty() : contents.unreadable.contains(given[i].uid);
    judge(sheet, *given[i].specimen, find(contents, given, i), is_unreadable);
  }
  co_return Result<>{};
}

}  // namespace godwit::probe
