// SPDX-License-Identifier: Apache-2.0
#include "cli/rule_options.h"

namespace godwit::cli {

void add_rule_options(CLI::App& command, sync::RuleTexts& rules) {
  const std::string group = "Rules";
  command.add_option("--include", rules.include, "Only these folders: \"INBOX\", \"Projects/*\" (one level), \"Archive/**\" (it and all below)")
      ->allow_extra_args(false)->group(group);
  command.add_option("--exclude", rules.exclude, "Not these folders; goes before --include")->allow_extra_args(false)->group(group);
  command.add_option("--rename", rules.renames, "Another name on the target: \"Sent Items=Sent\", \"Old/**=Archive/**\"")->allow_extra_args(false)->group(group);
  command.add_option("--below", rules.below, "Put everything below this folder of the target")->group(group);
  command.add_option("--since", rules.since, "Only messages that arrived from then on: 2024-01-31, 2024-01-31T18:30:00+01:00")->group(group);
  command.add_option("--until", rules.until, "Only messages that arrived before then")->group(group);
  command.add_option("--size-limit", rules.size_limit, "Only messages of at most this size: 35651584, 25MB, 25MiB")->group(group);
  command.add_option("--shared", rules.shared, "These shared folders, too: \"Shared/Projects/**\"")->allow_extra_args(false)->group(group);
  command.add_option("--other-users", rules.other_users, "These folders of other users, too: \"user/bob/**\"")->allow_extra_args(false)->group(group);
  command.add_flag("--groupware", rules.groupware, "Folders of appointments, contacts and the like, too")->group(group);
  command.add_flag("--skip-deleted", rules.skip_deleted, "Not what is marked \\Deleted")->group(group);
}

}  // namespace godwit::cli
