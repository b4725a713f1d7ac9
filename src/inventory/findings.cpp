// SPDX-License-Identifier: Apache-2.0
// What is unusual in an inventory, and what it means.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>

#include "base/text.h"
#include "inventory/inventory.h"

namespace godwit::inventory {
namespace {

using endpoint::Owner;
using endpoint::Role;

constexpr std::size_t most_keywords_of_maildir = 26;  // Dovecot's Maildir names them a to z
constexpr std::size_t longest_name = 255;             // bytes of a file's name on Linux

std::string messages_text(std::uint64_t count) { return count == 1 ? "1 message" : grouped(count) + " messages"; }

class Unusual {
 public:
  explicit Unusual(const AccountInventory& inventory) : inventory_(inventory) {}

  // About the folders that `is_meant` says yes to; no finding when there is none. Their number is put behind `what`.
  void folders(Severity severity, std::string code, std::string what, std::string advice,
               const std::function<bool(const FolderInventory&)>& is_meant) {
    Finding finding{severity, std::move(code), std::move(what), std::move(advice), 0, {}};
    for (const FolderInventory& folder : inventory_.folders) {
      if (!is_meant(folder)) continue;
      ++finding.count;
      add_example(finding, folder.path.display());
    }
    add_counted(std::move(finding));
  }

  // The same about the messages that `count` gives of each folder.
  void messages(Severity severity, std::string code, std::string what, std::string advice,
                const std::function<std::uint64_t(const FolderInventory&)>& count) {
    Finding finding{severity, std::move(code), std::move(what), std::move(advice), 0, {}};
    for (const FolderInventory& folder : inventory_.folders) {
      const std::uint64_t of_folder = count(folder);
      if (of_folder == 0) continue;
      finding.count += of_folder;
      add_example(finding, fmt::format("{} ({})", folder.path.display(), grouped(of_folder)));
    }
    add_counted(std::move(finding));
  }

  void add(Finding finding) { findings_.push_back(std::move(finding)); }
  [[nodiscard]] std::vector<Finding> take() { return std::move(findings_); }

 private:
  static void add_example(Finding& finding, std::string text) {
    if (finding.examples.size() < most_examples) finding.examples.push_back(std::move(text));
  }
  void add_counted(Finding finding) {
    if (finding.count == 0) return;
    finding.what += ": " + grouped(finding.count);
    findings_.push_back(std::move(finding));
  }

  const AccountInventory& inventory_;
  std::vector<Finding> findings_;
};

bool any_segment(const FolderInventory& folder, const std::function<bool(const std::string&)>& is_meant) {
  return std::ranges::any_of(folder.path.segments, is_meant);
}

bool is_awkward(const std::string& segment) {
  const bool has_control = std::ranges::any_of(segment, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  return segment.empty() || has_control || segment.front() == ' ' || segment.back() == ' ' || segment.front() == '~' ||
         segment.find_first_of("/\\.%*^\"") != std::string::npos;
}

// Exchange and others show these over IMAP; what is in them is no mail that people would miss as such.
bool is_groupware(const FolderInventory& folder) {
  constexpr std::array names{"Calendar", "Contacts",  "Tasks",       "Notes",
                             "Journal",  "RSS Feeds", "Sync Issues", "Conversation History"};
  return folder.role == Role::none && std::ranges::any_of(names, [&](const char* name) {
    return equals_ignoring_case(folder.path.segments.front(), name);
  });
}

void find_unreadable(Unusual& unusual) {
  unusual.folders(Severity::stop, "inbox_not_opened", "the INBOX cannot be read, although the login was accepted: folders",
                  "Some servers take any login and refuse what comes after it: look at the password, at the account's rights, and "
                  "whether it has a mailbox at all.",
                  [](const FolderInventory& folder) { return folder.trouble && folder.path.is_inbox(); });
  unusual.folders(Severity::warning, "folders_not_opened", "folders that cannot be read",
                  "What is in them is not counted here and would not be moved: give the account the right to read them, have the "
                  "server repair them, or leave them out with --exclude.",
                  [](const FolderInventory& folder) { return folder.trouble && !folder.path.is_inbox(); });
  unusual.messages(Severity::warning, "messages_not_listed", "messages that the server counts and does not list",
                   "Either they were removed in this moment, or the server does not list all that it has: take the inventory once "
                   "more, and have the server repair these folders when it says the same.",
                   [](const FolderInventory& folder) {
                     const std::uint64_t listed = folder.total.messages + folder.left_out;
                     return folder.trouble || folder.expected <= listed ? 0 : folder.expected - listed;
                   });
}

// Folders that are not the account's own mail, and stay where they are.
void find_left(Unusual& unusual, const AccountInventory& inventory, sync::Rules::Foreign reason, std::string code, std::string advice) {
  Finding finding{Severity::note, std::move(code), {}, std::move(advice), 0, {}};
  std::uint64_t messages = 0;
  for (const ForeignFolder& folder : inventory.foreign) {
    if (folder.reason != reason) continue;
    ++finding.count;
    messages += folder.messages;
    if (finding.examples.size() >= most_examples) continue;
    finding.examples.push_back(fmt::format("{} ({})", folder.path.display(), grouped(folder.messages)));
  }
  if (finding.count == 0) return;
  finding.what = fmt::format("not moved: {} {} with {}", grouped(finding.count), name_of(reason), messages_text(messages));
  unusual.add(std::move(finding));
}

void find_foreign(Unusual& unusual, const AccountInventory& inventory) {
  using Foreign = sync::Rules::Foreign;
  find_left(unusual, inventory, Foreign::other_users, "folders_of_others",
            "Their owners' accounts move them. Where an owner has no account in the plan, name the folders under other_users in [rules], "
            "with one account that moves them.");
  find_left(unusual, inventory, Foreign::shared, "folders_shared",
            "Many accounts see them: name them under shared in [rules], with the one account that moves them, and a rename to where they "
            "are to be.");
  find_left(unusual, inventory, Foreign::groupware, "folders_of_groupware_left",
            "What they show over IMAP is a copy for reading; appointments, contacts and tasks are not moved by it. Where they hold mail, "
            "write groupware = true in [rules].");
  unusual.folders(Severity::note, "folders_of_others_moved", "folders of other users, or shared ones, that this account moves by order",
                  "They are moved once, by this account. Look at where they go.",
                  [](const FolderInventory& folder) { return folder.owner != Owner::account; });
  unusual.folders(Severity::note, "folders_seen_twice", "folders that show messages of other folders once more",
                  "They would be moved twice and take twice the space: leave these folders out with --exclude, unless the target "
                  "has nothing of the kind and people want them.",
                  [](const FolderInventory& folder) {
                    return folder.role == Role::all || folder.role == Role::flagged || folder.role == Role::important;
                  });
  unusual.folders(Severity::note, "folders_of_groupware", "folders with the names of calendars, contacts and the like",
                  "What they show over IMAP are no real messages; appointments and contacts are not moved by this: leave them out "
                  "with --exclude when that is what they are.",
                  is_groupware);
}

void find_names(Unusual& unusual, const AccountInventory& inventory, std::size_t deep) {
  unusual.folders(Severity::note, "awkward_names", "folders with names that not every server can hold",
                  "Separators, blanks at the ends, control characters and wildcards become other characters where the target cannot "
                  "hold them: godwit check tells what they will be called.",
                  [](const FolderInventory& folder) { return any_segment(folder, is_awkward); });
  unusual.folders(Severity::warning, "long_names", fmt::format("folders with a name of more than {} bytes", longest_name),
                  "Servers that keep folders as files cannot make them: rename them, on the source or with --rename.",
                  [](const FolderInventory& folder) {
                    return any_segment(folder, [](const std::string& segment) { return segment.size() > longest_name; });
                  });
  unusual.folders(Severity::note, "deep_folders", fmt::format("folders nested deeper than {} levels", deep),
                  "Some servers and mail programs do not show them: try one of them on the target before the others.",
                  [deep](const FolderInventory& folder) { return folder.path.segments.size() > deep; });
  std::vector<sync::PlacedFolder> placed;
  for (const FolderInventory& folder : inventory.folders) placed.push_back({{}, folder.path, folder.path});
  Finding finding{Severity::note, "names_equal_but_for_case", {}, {}, 0, {}};
  for (const auto& group : sync::find_collisions(placed, sync::CaseRule::ignored)) {
    finding.count += group.size();
    std::string names;
    for (const sync::PlacedFolder& folder : group) names += (names.empty() ? "" : " = ") + folder.source.display();
    if (finding.examples.size() < most_examples) finding.examples.push_back(std::move(names));
  }
  if (finding.count == 0) return;
  finding.what = "folders with names that differ only in upper and lower case: " + grouped(finding.count);
  finding.advice = "A target that takes no notice of case (Exchange) has one folder for them: give one of them another name with --rename.";
  unusual.add(std::move(finding));
}

void find_odd_messages(Unusual& unusual, const AccountInventory& inventory) {
  unusual.messages(Severity::note, "deleted_messages", "messages marked \\Deleted and not removed yet",
                   "They are moved with that mark; people may wonder where they come from, and some targets remove them at once. "
                   "--skip-deleted leaves them on the source.",
                   [](const FolderInventory& folder) { return folder.deleted.messages; });
  unusual.messages(Severity::warning, "empty_messages", "messages with a size of 0 bytes",
                   "Most servers refuse to store them, and they would be reported as not moved: they are damaged; look at one of "
                   "them, and remove them on the source.",
                   [](const FolderInventory& folder) { return folder.empty; });
  if (!inventory.traits.caveat.empty()) {
    unusual.add({Severity::note, "source_tells_less", inventory.traits.caveat, "Tell the people.", 0, {}});
  } else {
    unusual.messages(Severity::note, "undated_messages", "messages without a date of arrival that can be read",
                     "The target will give them the date on which they are moved, and mail programs may show them as new.",
                     [](const FolderInventory& folder) { return folder.undated; });
  }
  unusual.messages(Severity::note, "odd_dates", "messages that arrived before 1980 or in the future, as the server says",
                   "Some targets put another date in place of it, and rules with --since and --until see them where they seem to be.",
                   [](const FolderInventory& folder) { return folder.odd_dates; });
}

// Of a POP3 server beside IMAP.
void find_unique_ids(Unusual& unusual, const AccountInventory& inventory) {
  if (!inventory.unique_ids) return;
  if (!*inventory.unique_ids) {
    unusual.add({Severity::warning, "uidls_unknown", "the UIDLs cannot be read: " + describe(inventory.unique_ids->error()),
                 "Correct pop3_uidl, or let POP3 in for the account: without them POP3 programs that leave mail on the server load all "
                 "of it again after the move.", 0, {}});
    return;
  }
  const auto inbox = std::ranges::find_if(inventory.folders, [](const FolderInventory& folder) { return folder.path.is_inbox(); });
  const std::uint64_t messages = inbox == inventory.folders.end() ? 0 : inbox->total.messages + inbox->left_out;
  if (**inventory.unique_ids >= messages) return;
  unusual.add({Severity::note, "uidls_missing",
               fmt::format("POP3 lists {} of the {} messages of INBOX", grouped(**inventory.unique_ids), grouped(messages)),
               "The others have no UIDL: POP3 programs will load them after the move. Look whether the server shows POP3 only a part.",
               0, {}});
}

void find_large(Unusual& unusual, const AccountInventory& inventory, std::uint64_t many_messages) {
  unusual.folders(Severity::note, "vast_folders", fmt::format("folders with more than {} messages", grouped(many_messages)),
                  "They are moved as they are, but some servers and mail programs are slow with them: tell the people, and watch the "
                  "target's first round with them.",
                  [many_messages](const FolderInventory& folder) { return folder.total.messages > many_messages; });
  Finding finding{Severity::note, "large_messages", {}, {}, 0, {}};
  for (const auto& [limit, tally] : inventory.statistics.above()) {
    if (tally.messages == 0) break;
    const std::string text =
        fmt::format("{} above {}, {} together", messages_text(tally.messages), format_bytes(limit), format_bytes(tally.bytes));
    if (finding.count == 0) {
      finding.count = tally.messages;
      finding.what = "large messages: " + text;
    } else if (finding.examples.size() < most_examples) {
      finding.examples.push_back(text);
    }
  }
  if (finding.count == 0) return;
  finding.advice = "Each target has a limit and refuses what is larger: godwit check tells that of yours, where the server says it.";
  unusual.add(std::move(finding));
}

void find_keywords(Unusual& unusual, const AccountInventory& inventory) {
  unusual.folders(Severity::note, "many_keywords", fmt::format("folders with more than {} keywords", most_keywords_of_maildir),
                  "A Maildir keeps no more of them in one folder with the messages: have the target keep its indexes, or expect that "
                  "some keywords are refused (the messages come without them).",
                  [](const FolderInventory& folder) { return folder.keywords > most_keywords_of_maildir; });
  if (inventory.keywords.empty()) return;
  Finding finding{Severity::note, "keywords", {}, {}, inventory.keywords.size(), {}};
  finding.what = fmt::format("keywords in use: {}{}", inventory.has_more_keywords ? "more than " : "", grouped(inventory.keywords.size()));
  finding.advice = "Labels and marks of mail programs. They are moved where the target lets keywords be set.";
  for (const auto& [name, count] : inventory.keywords) {
    if (finding.examples.size() < most_examples) finding.examples.push_back(fmt::format("{} ({})", printable(name), grouped(count)));
  }
  unusual.add(std::move(finding));
}

}  // namespace

std::vector<Finding> find_unusual(const AccountInventory& inventory, const InventoryOptions& options) {
  Unusual unusual(inventory);
  find_unreadable(unusual);
  find_foreign(unusual, inventory);
  find_names(unusual, inventory, options.deep);
  find_odd_messages(unusual, inventory);
  find_unique_ids(unusual, inventory);
  find_large(unusual, inventory, options.many_messages);
  find_keywords(unusual, inventory);
  return unusual.take();
}

}  // namespace godwit::inventory
