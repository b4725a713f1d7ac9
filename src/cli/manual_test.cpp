// SPDX-License-Identifier: Apache-2.0
#include "cli/manual.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "cli/completion.h"

namespace godwit::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// A program with one of everything.
class Commands : public testing::Test {
 protected:
  Commands() {
    CLI::App& move = *program_.add_subcommand("move", "Move it");
    move.add_option("--plan", plan_, "The plan's file")->capture_default_str();
    move.add_option("-l,--level", level_, "How much")->check(CLI::Range(1, 16));
    move.add_option("--form", text_, "The form")->check(CLI::IsMember({"text", "json"}))->required();
    move.add_option("--secret", text_, "Nobody sees it")->group("");
    move.add_flag("--json", flag_, "It's C:\\data\n.not a request");
    CLI::Option* const accounts = move.add_option("accounts", accounts_, "Which")->required();
    move.get_option("--json")->excludes("--level")->excludes("--plan");
    move.get_option("--form")->needs(accounts);
    move.footer("More of it.\nExit status: 0 done,\n1 not.\n\nExamples:\n  godwit move -l 3\n  .dot");
    CLI::App& box = *program_.add_subcommand("box", "Boxes");
    box.add_subcommand("open", "Open one")->add_option("side", text_, "Which side")->check(CLI::IsMember({"left", "right"}));
    box.add_subcommand("list", "List all");
    program_.add_subcommand("hidden", "Not for people")->group("");
  }

  CLI::App program_{"godwit moves mail."};
  std::filesystem::path plan_ = "godwit.toml";
  int level_ = 0;
  bool flag_ = false;
  std::string text_;
  std::vector<std::string> accounts_;
};

TEST_F(Commands, AreReadWithTheirOptions) {
  const CommandEntry program = read_commands(program_);
  ASSERT_EQ(program.commands.size(), 2U) << "in order, without the hidden one";
  EXPECT_EQ(program.commands[0].path, "godwit box");
  EXPECT_EQ(program.commands[0].commands[0].path, "godwit box list");
  const CommandEntry& move = program.commands[1];
  EXPECT_EQ(move.name(), "move");
  ASSERT_EQ(move.options.size(), 5U);
  EXPECT_THAT(move.options[0].names, ElementsAre("--help", "-h"));
  EXPECT_EQ(move.options[1].value, "VALUE");
  EXPECT_EQ(move.options[1].text, "The plan's file (not with --json) (godwit.toml)");
  EXPECT_EQ(move.options[3].text, "The form (only with ACCOUNTS)");
  EXPECT_THAT(move.options[4].text, testing::EndsWith(" (not with --level, --plan)"));
  EXPECT_THAT(move.options[2].names, ElementsAre("--level", "-l"));
  EXPECT_EQ(move.options[2].value, "1..16");
  EXPECT_TRUE(move.options[2].is_number);
  EXPECT_THAT(move.options[3].choices, ElementsAre("text", "json"));
  EXPECT_TRUE(move.options[3].is_required);
  EXPECT_EQ(move.options[4].value, "");
  ASSERT_EQ(move.positionals.size(), 1U);
  EXPECT_EQ(move.positionals[0].value, "ACCOUNTS");
  EXPECT_TRUE(move.positionals[0].is_repeated);
  EXPECT_EQ(all_of(program).size(), 5U);
}

TEST_F(Commands, HaveAManPage) {
  const std::string page = manual_of_command(read_commands(program_).commands[1]);
  EXPECT_THAT(page, testing::StartsWith(".TH \"GODWIT\\-MOVE\" 1 "));
  EXPECT_THAT(page, HasSubstr("\n.SH NAME\ngodwit\\-move \\- Move it\n.SH SYNOPSIS\n"));
  EXPECT_THAT(page, HasSubstr("\\fBgodwit move\\fR \\fB\\-\\-form\\fR \\fItext|json\\fR [\\fIOPTION\\fR]... \\fIACCOUNTS\\fR...\n"));
  EXPECT_THAT(page, HasSubstr(".SH DESCRIPTION\nMove it.\n.PP\nMore of it.\n.SH OPTIONS\n"));
  EXPECT_THAT(page, HasSubstr(".TP\n\\fB\\-\\-level\\fR, \\fB\\-l\\fR \\fI1..16\\fR\nHow much (not with \\-\\-json)\n"));
  EXPECT_THAT(page, HasSubstr("It's C:\\edata\n\\&.not a request (not with")) << "nothing of a text is a request";
  EXPECT_THAT(page, HasSubstr(".SH EXIT STATUS\n0 done,\n1 not.\n.SH EXAMPLES\n.nf\n"));
  EXPECT_THAT(page, HasSubstr("  godwit move \\-l 3\n"));
  EXPECT_THAT(page, Not(HasSubstr("secret")));
}

TEST_F(Commands, BelowOthersStandOnTheirPage) {
  const std::string page = manual_of_command(read_commands(program_).commands[0]);
  EXPECT_THAT(page, HasSubstr(".SS \"godwit box open\"\n\\fBgodwit box open\\fR [\\fISIDE\\fR]\n.PP\nOpen one.\n"
                              ".TP\n\\fISIDE\\fR\nWhich side\n"));
}

TEST_F(Commands, AreListedOnThePageOfTheProgram) {
  const std::string page = manual_of_program(read_commands(program_));
  EXPECT_THAT(page, HasSubstr("godwit \\- moves mail\n"));
  EXPECT_THAT(page, HasSubstr(".TP\n\\fBgodwit\\-box\\fR(1)\nBoxes.\n"));
  EXPECT_THAT(page, Not(HasSubstr("hidden")));
}

TEST_F(Commands, HaveCompletions) {
  const CommandEntry program = read_commands(program_);
  for (const Shell shell : {Shell::bash, Shell::zsh, Shell::fish}) {
    const std::string script = completion_for(shell, program);
    EXPECT_THAT(script, Not(HasSubstr("hidden")));
    EXPECT_THAT(script, Not(HasSubstr("secret")));
    EXPECT_THAT(script, HasSubstr("text json"));
    EXPECT_THAT(script, HasSubstr("godwit box open"));
  }
  EXPECT_THAT(completion_for(Shell::bash, program), HasSubstr("'godwit move --level'|'godwit move -l') return ;;"));
  EXPECT_THAT(completion_for(Shell::zsh, program), HasSubstr("options+=('--json:It'\\''s C:\\data"));
  EXPECT_THAT(completion_for(Shell::fish, program), HasSubstr("-d 'It\\'s C:\\\\data"));
}

}  // namespace
}  // namespace godwit::cli
