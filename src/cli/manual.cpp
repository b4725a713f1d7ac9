// SPDX-License-Identifier: Apache-2.0
#include "cli/manual.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <system_error>

#include "base/file_error.h"
#include "base/text.h"
#include "cli/console.h"

namespace godwit::cli {
namespace {

// What roff would read as its own is made plain: backslashes, dashes, accents, and what stands at the begin of a line.
std::string roff(std::string_view text) {
  std::string result;
  bool is_line_start = true;
  for (const char c : text) {
    if (is_line_start && (c == '.' || c == '\'')) result += "\\&";
    is_line_start = c == '\n';
    switch (c) {
      case '\\': result += "\\e"; break;
      case '-': result += "\\-"; break;
      case '^': result += "\\(ha"; break;
      case '~': result += "\\(ti"; break;
      case '`': result += "\\(ga"; break;
      default: result += c;
    }
  }
  return result;
}

std::string bold(std::string_view text) { return "\\fB" + roff(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + roff(text) + "\\fR"; }

std::string file_of(const CommandEntry& command) {
  std::string name = command.path;
  std::ranges::replace(name, ' ', '-');
  return name;
}

// "godwit moves mail.": without the name in front and the full stop.
std::string purpose(const CommandEntry& page) {
  std::string_view text = page.text;
  if (text.starts_with(page.path + " ")) text.remove_prefix(page.path.size() + 1);
  if (text.ends_with('.')) text.remove_suffix(1);
  return roff(text);
}

std::string heading(const CommandEntry& page) {
  const std::string name = roff(file_of(page));
  return fmt::format(".TH \"{}\" 1 \"\" \"godwit {}\" \"User Commands\"\n.nh\n.ad l\n.SH NAME\n{} \\- {}\n", to_upper(name),
                     GODWIT_VERSION, name, purpose(page));
}

std::string synopsis(const CommandEntry& command) {
  std::string line = bold(command.path);
  for (const OptionEntry& option : command.options) {
    if (option.is_required) line += fmt::format(" {} {}", bold(option.names.front()), italic(option.value));
  }
  if (command.options.size() > 1) line += " [" + italic("OPTION") + "]...";
  for (const OptionEntry& each : command.positionals) {
    const std::string value = italic(each.value) + (each.is_repeated ? "..." : "");
    line += each.is_required ? " " + value : " [" + value + "]";
  }
  if (!command.commands.empty()) line += " " + italic("COMMAND");
  return line + "\n";
}

std::string options_of(const CommandEntry& command, bool is_below = false) {
  std::string text;
  for (const OptionEntry& each : command.positionals) text += fmt::format(".TP\n{}\n{}\n", italic(each.value), roff(each.text));
  for (const OptionEntry& option : command.options) {
    if (is_below && option.names.front() == "--help") continue;
    std::string names;
    for (const std::string& name : option.names) names += (names.empty() ? "" : ", ") + bold(name);
    text += fmt::format(".TP\n{}{}\n{}\n", names, option.value.empty() ? "" : " " + italic(option.value), roff(option.text));
  }
  return text;
}

// The help's last part, by its words: "Exit status:" begins a sentence of its own, "Examples:" lines as they are.
struct Footer {
  std::string description, exit_status, examples;
};

Footer split(const std::string& text) {
  Footer footer;
  std::string* part = &footer.description;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string line = text.substr(begin, end - begin);
    begin = end + 1;
    if (line == "Example:" || line == "Examples:") {
      part = &footer.examples;
      continue;
    }
    const std::size_t status = part == &footer.examples ? std::string::npos : line.find("Exit status: ");
    if (status != std::string::npos) {
      part->append(line, 0, status).append(status == 0 ? "" : "\n");
      part = &footer.exit_status;
      line.erase(0, status + std::string_view("Exit status: ").size());
    }
    if (part == &footer.exit_status && line.empty()) part = &footer.description;
    part->append(line).append("\n");
  }
  return footer;
}

// Lines of the help as paragraphs.
std::string paragraphs(std::string_view text) {
  std::string result = roff(text);
  while (result.ends_with('\n')) result.pop_back();
  while (result.starts_with('\n')) result.erase(0, 1);
  for (std::size_t gap = result.find("\n\n"); gap != std::string::npos; gap = result.find("\n\n", gap + 1)) {
    result.replace(gap, 2, "\n.PP\n");
  }
  return result;
}

std::string section(std::string_view title, const std::string& text) {
  return text.empty() ? "" : fmt::format(".SH {}\n{}\n", title, text);
}

std::string as_it_is(const std::string& text) {
  std::string lines = paragraphs(text);
  return lines.empty() ? lines : ".nf\n" + lines + "\n.fi";
}

std::string below(const CommandEntry& command) {
  std::string text;
  for (const CommandEntry& each : command.commands) {
    text += fmt::format(".SS \"{}\"\n{}.PP\n{}.\n", roff(each.path), synopsis(each), roff(each.text));
    text += options_of(each, true);
  }
  return text;
}

std::string see_also(const std::string& besides) {
  return section("SEE ALSO", besides + "\\fBgodwit.toml\\fR(5)\n.PP\n"
                                       "The operator's guide and the list of error codes are in /usr/share/doc/godwit.");
}

constexpr std::string_view statuses =
    ".TP\n0\nEverything is done.\n.TP\n1\nFinished, but something needs somebody: it is listed.\n"
    ".TP\n2\nWrong usage, or a plan that cannot be.\n.TP\n3\nA login was refused.\n"
    ".TP\n4\nA server is not reachable, or was lost.\n.TP\n5\nStopped by the user.\n"
    ".TP\n6\nThe ledger is unusable, or another process has it.\n.TP\n70\nA defect of godwit.";

constexpr std::string_view files =
    ".TP\n\\fIgodwit.toml\\fR\nThe plan; see \\fBgodwit.toml\\fR(5).\n"
    ".TP\n\\fILEDGER\\fR, \\fILEDGER.accounts\\fR\nThe record of what was moved. Keep it as long as rounds follow.\n"
    ".TP\n\\fILEDGER.vault\\-key\\fR\nThe key of the sealed passwords; see \\fBgodwit\\-vault\\fR(1).\n"
    ".TP\n\\fILEDGER.socket\\fR\nWhere the process that owns the ledger takes orders.\n"
    ".TP\n\\fILEDGER.originals\\fR\nMessages that were repaired, as they were.";

Result<> write(const std::filesystem::path& file, const std::string& text) {
  std::ofstream stream(file, std::ios::binary | std::ios::trunc);
  stream << text << std::flush;
  return stream ? Result<>() : file_error(file, "the man page cannot be written", errno);
}

Result<> write_all(const std::filesystem::path& directory, const CommandEntry& program) {
  std::error_code failed;
  std::filesystem::create_directories(directory, failed);
  if (failed) return file_error(directory, "the directory cannot be made", failed.value());
  GODWIT_CHECK(write(directory / "godwit.1", manual_of_program(program)));
  for (const CommandEntry& command : program.commands) {
    GODWIT_CHECK(write(directory / (file_of(command) + ".1"), manual_of_command(command)));
  }
  return {};
}

}  // namespace

std::string manual_of_program(const CommandEntry& program) {
  std::string commands, pages;
  for (const CommandEntry& each : program.commands) {
    commands += fmt::format(".TP\n\\fB{}\\fR(1)\n{}.\n", roff(file_of(each)), roff(each.text));
    pages += fmt::format("\\fB{}\\fR(1), ", roff(file_of(each)));
  }
  return heading(program) + ".SH SYNOPSIS\n" + synopsis(program) + section("COMMANDS", commands) + section("OPTIONS", options_of(program)) +
         section("EXIT STATUS", std::string(statuses)) + section("FILES", std::string(files)) + see_also(pages);
}

std::string manual_of_command(const CommandEntry& command) {
  const Footer footer = split(command.footer);
  std::string description = roff(command.text) + ".";
  const std::string more = paragraphs(footer.description);
  if (!more.empty()) description += "\n.PP\n" + more;
  return heading(command) + ".SH SYNOPSIS\n" + synopsis(command) + section("DESCRIPTION", description) +
         section("OPTIONS", options_of(command)) + section("COMMANDS", below(command)) +
         section("EXIT STATUS", paragraphs(footer.exit_status)) + section("EXAMPLES", as_it_is(footer.examples)) +
         see_also("\\fBgodwit\\fR(1), ");
}

CLI::App& add_manual_command(CLI::App& program, ManualOptions& options) {
  CLI::App& command = *program.add_subcommand("manual", "Write the man pages into a directory")->group("");
  command.add_option("directory", options.directory, "Where to")->required();
  return command;
}

int run_manual(const ManualOptions& options, const CLI::App& program) {
  const auto done = write_all(options.directory, read_commands(program));
  return done ? 0 : Console(Console::Style::lines, {}).failure(done.error());
}

}  // namespace godwit::cli
