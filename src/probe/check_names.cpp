// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "probe/checks.h"
#include "probe/specimens.h"

namespace godwit::probe {
namespace {

using namespace std::literals;
using endpoint::Folder;
using endpoint::FolderPath;
using endpoint::Role;

struct NameCase {
  std::string key, subject;
  FolderPath path;
  Folder made;  // where it was
};

std::vector<NameCase> make_cases(const Stage& stage) {
  struct Text {
    std::string_view key, subject, name;
  };
  static const std::string of_100(100, 'n'), of_255(255, 'n');
  const std::array texts{
      Text{"plain", "plain letters", "Plain"},
      Text{"latin", "letters with accents", "Entw\xc3\xbcrfe"},
      Text{"decomposed", "accents as signs of their own (Unicode NFD)", "Entwu\xcc\x88rfe 2"},
      Text{"east-asian", "East Asian letters", "\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e"},
      Text{"emoji", "emoji", "\xf0\x9f\x93\xac post"},
      Text{"100-bytes", "100 bytes", of_100},
      Text{"255-bytes", "255 bytes", of_255},
      Text{"inner-blank", "blanks inside", "two  blanks"},
      Text{"leading-blank", "a blank in front", " leading"},
      Text{"trailing-blank", "a blank at the end", "trailing "},
      Text{"leading-dot", "a dot in front", ".leading"},
      Text{"dot", "a dot inside", "v1.2"},
      Text{"slash", "a slash inside", "in/out"},
      Text{"backslash", "a backslash inside", "in\\out"},
      Text{"percent", "%", "100%"},
      Text{"star", "*", "a * b"},
      Text{"quote", "quotation marks", "a \"b\" c"},
      Text{"ampersand", "&", "R&D"},
      Text{"caret", "^", "a^b"},
      Text{"tilde", "~ in front", "~tilde"},
      Text{"brackets", "brackets and braces", "[x] {3} (y)"},
      Text{"case-upper", "a name", "Test"},
      Text{"case-twin", "the same name in other case", "test"},
  };
  std::vector<NameCase> cases;
  for (const Text& text : texts) {
    cases.push_back({fmt::format("names.{}", text.key), std::string(text.subject), stage.path_of(text.name), {}});
  }
  return cases;
}

// Each level is made by itself: some servers do not remove what they have made in passing (imap4d).
Task<Result<>> check_depth(Stage& stage, Sheet& sheet) {
  const std::string key = "names.deep", subject = "six levels";
  FolderPath path = stage.path_of("deep");
  for (int level = 3; level <= 6; ++level) {
    const auto made = co_await stage.make(endpoint::NewFolder{path});
    path.segments.push_back(fmt::format("level {}", level));
    if (made) continue;
    sheet.refused(key, subject, made.error());
    co_return Result<>{};
  }
  const auto made = co_await stage.make(endpoint::NewFolder{path});
  if (made) sheet.kept(key, subject);
  else sheet.refused(key, subject, made.error());
  co_return Result<>{};
}

const Folder* find(const std::vector<Folder>& folders, const FolderPath& path) {
  const auto found = std::ranges::find(folders, path, &Folder::path);
  return found == folders.end() ? nullptr : &*found;
}

void judge(Sheet& sheet, const NameCase& one, const std::vector<Folder>& folders) {
  if (find(folders, one.path) != nullptr) return sheet.kept(one.key, one.subject);
  const auto same = std::ranges::find(folders, one.made.name, &Folder::name);
  if (same == folders.end()) return sheet.broken(one.key, one.subject, Harm::told, "made, and not in the list of folders");
  const std::size_t depth = one.path.segments.size();
  if (same->path.segments.size() == depth) {
    sheet.altered(one.key, one.subject, Harm::told,
                  fmt::format("\"{}\" becomes \"{}\"", one.path.segments.back(), same->path.segments.back()));
  } else {
    sheet.altered(one.key, one.subject, Harm::told, fmt::format("becomes {}", same->path.display()));
  }
}

Task<Result<>> check_all_names(Stage& stage, Sheet& sheet) {
  std::vector<NameCase> made;
  for (NameCase& one : make_cases(stage)) {
    auto folder = co_await stage.make(endpoint::NewFolder{one.path});
    if (folder) {
      one.made = *std::move(folder);
      made.push_back(std::move(one));
      continue;
    }
    if (ends_session(folder.error())) stage.drop();
    sheet.refused(one.key, one.subject, folder.error());
  }
  GODWIT_CO_TRY(const auto folders, co_await stage.listed());
  for (const NameCase& one : made) judge(sheet, one, folders);
  co_return Result<>{};
}

// Two folders, or one under two names: a message in the first shows it.
Task<Result<>> check_twins(Stage& stage, Sheet& sheet) {
  const auto upper = co_await stage.make("Twin"), lower = co_await stage.make("twin");
  if (!upper || !lower) co_return Result<>{};  // stands with the names
  const std::string bytes = plain_message(1);
  const std::array<endpoint::NewMessage, 1> one{{{{}, std::string(plain_date), bytes}}};
  GODWIT_CO_CHECK(co_await stage.append(*upper, one));
  GODWIT_CO_TRY(const Contents contents, co_await stage.read(*lower));
  const std::string key = "names.twins-apart", subject = "folders whose names differ in case are two";
  if (contents.messages.empty()) sheet.kept(key, subject);
  else sheet.altered(key, subject, Harm::told, "they are one folder: their mail comes together");
  co_return Result<>{};
}

void judge_renamed(Sheet& sheet, bool has_uids, std::uint32_t before, std::uint32_t after) {
  const std::string key = "names.rename-uids", subject = "a renamed folder keeps its UIDs";
  if (has_uids && before == after) return sheet.kept(key, subject);
  sheet.altered(key, subject, Harm::told,
                has_uids ? fmt::format("UIDVALIDITY {} became {}", before, after) : "its messages have other UIDs, or are not there");
}

// A folder with a message and one below it, at another place.
Task<Result<>> check_rename(Stage& stage, Sheet& sheet) {
  GODWIT_CO_TRY(Folder before, co_await stage.make("before"));
  const FolderPath after = stage.path_of("after");
  const std::string bytes = plain_message(2);
  const std::array<endpoint::NewMessage, 1> one{{{{}, std::string(plain_date), bytes}}};
  GODWIT_CO_CHECK(co_await stage.append(before, one));
  FolderPath below = before.path;
  below.segments.emplace_back("below");
  const bool has_below = !stage.nesting_error() && (co_await stage.make(endpoint::NewFolder{below})).has_value();
  GODWIT_CO_TRY(const Contents there, co_await stage.read(before));
  stage.drop();  // some servers rename no folder that somebody has open
  GODWIT_CO_TRY(auto* const session, co_await stage.writer());
  const auto renamed = co_await session->rename_folder(before, after);
  if (!renamed) {
    sheet.refused("names.rename", "renaming a folder", renamed.error(), Harm::told);
    co_return Result<>{};
  }
  stage.forget(before.path);
  stage.forget(below);
  GODWIT_CO_TRY(const auto folders, co_await stage.listed());
  const Folder* const found = find(folders, after);
  below = after;
  below.segments.emplace_back("below");
  sheet.holds(found != nullptr && find(folders, before.path) == nullptr, "names.rename", "renaming a folder", Harm::told,
              "it said OK, and the folder is not at its new place");
  if (found == nullptr) co_return Result<>{};
  if (has_below) {
    sheet.holds(find(folders, below) != nullptr, "names.rename-below", "what lies below moves with it", Harm::told, "it stayed behind");
  }
  GODWIT_CO_TRY(const Contents here, co_await stage.read(*found));
  const bool has_uids = here.messages.size() == there.messages.size() &&
                        std::ranges::equal(here.messages, there.messages, {}, &endpoint::Message::uid, &endpoint::Message::uid) &&
                        std::ranges::equal(here.messages, there.messages, {}, &endpoint::Message::bytes, &endpoint::Message::bytes);
  judge_renamed(sheet, has_uids, there.state.uid_validity, here.state.uid_validity);
  co_return Result<>{};
}

Task<Result<>> check_removal(Stage& stage, Sheet& sheet) {
  GODWIT_CO_TRY(const Folder folder, co_await stage.make("removed"));
  GODWIT_CO_TRY(auto* const session, co_await stage.writer());
  const auto removed = co_await session->remove_folder(folder);
  if (!removed) {
    if (ends_session(removed.error())) stage.drop();
    sheet.refused("names.remove", "removing a folder", removed.error());
    co_return Result<>{};
  }
  stage.forget(folder.path);
  GODWIT_CO_TRY(const auto folders, co_await stage.listed());
  const Folder* const rest = find(folders, folder.path);
  sheet.holds(rest == nullptr || !rest->selectable, "names.remove", "removing a folder", Harm::told,
              "it said OK, and the folder is still there");
  co_return Result<>{};
}

// What is asked for when a folder is made: a role (RFC 6154), and a subscription.
Task<Result<>> check_wishes(Stage& stage, Sheet& sheet) {
  // At the top: Cyrus knows roles nowhere else. \Flagged: it does not let a folder of most other roles be removed again.
  const endpoint::NewFolder wanted{{{stage.root().segments.front() + "-role"}}, Role::flagged, true};
  const auto made = co_await stage.make(wanted);
  if (!made) {
    sheet.refused("names.role", "a folder with a role", made.error());
    co_return Result<>{};
  }
  GODWIT_CO_TRY(const auto folders, co_await stage.listed());
  const Folder* const found = find(folders, wanted.path);
  if (found == nullptr) co_return Result<>{};
  GODWIT_CO_TRY(auto* const session, co_await stage.writer());
  GODWIT_CO_TRY(const auto facts, co_await session->facts());
  const std::string role = "a folder with a role (special use)";
  if (found->role == Role::flagged) sheet.kept("names.role", role);
  else if (!facts.has("CREATE-SPECIAL-USE")) sheet.not_told("names.role", role, "it is made without its role");
  else sheet.altered("names.role", role, Harm::none, "made without \\Flagged; other roles are not tried");
  if (found->subscribed) sheet.kept("names.subscribe", "subscribing");
  else sheet.altered("names.subscribe", "subscribing", Harm::told, "the folder is not subscribed");
  co_return Result<>{};
}

}  // namespace

Task<Result<>> check_names(Stage& stage, Sheet& sheet) {
  if (const auto& error = stage.nesting_error()) sheet.refused("names.nested", "folders below folders", *error);
  else GODWIT_CO_CHECK(co_await check_depth(stage, sheet));
  GODWIT_CO_CHECK(co_await check_all_names(stage, sheet));
  GODWIT_CO_CHECK(co_await check_twins(stage, sheet));
  GODWIT_CO_CHECK(co_await check_rename(stage, sheet));
  GODWIT_CO_CHECK(co_await check_removal(stage, sheet));
  GODWIT_CO_CHECK(co_await check_wishes(stage, sheet));
  co_return Result<>{};
}

}  // namespace godwit::probe
