// SPDX-License-Identifier: Apache-2.0
#include "cli/completion.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace godwit::cli {
namespace {

// A word of a shell script, in single quotes. In fish a backslash escapes there, too.
std::string quoted(std::string_view text, Shell shell) {
  std::string result = "'";
  for (const char c : text) {
    if (c == '\'') result += shell == Shell::fish ? "\\'" : "'\\''";
    else if (c == '\\' && shell == Shell::fish) result += "\\\\";
    else result += c;
  }
  return result + "'";
}

// Every option name that takes a value, as "godwit migrate --plan", and how each shell's script answers it.
template <class Answer>
std::string cases_of_values(const CommandEntry& program, const Answer& answer) {
  std::string text;
  for (const CommandEntry* command : all_of(program)) {
    for (const OptionEntry& option : command->options) {
      if (option.value.empty()) continue;
      std::string patterns;
      for (const std::string& name : option.names) patterns += fmt::format("{}'{} {}'", patterns.empty() ? "" : "|", command->path, name);
      text += fmt::format("    {}) {} ;;\n", patterns, answer(option));
    }
  }
  return text;
}

// The pattern of every command below the first: how far the words of a line lead.
std::string command_patterns(const CommandEntry& program) {
  std::string text;
  for (const CommandEntry* command : all_of(program)) {
    if (command != &program) text += fmt::format("{}'{}'", text.empty() ? "" : "|", command->path);
  }
  return text;
}

std::string words_of(const CommandEntry& command) {
  std::string words;
  for (const CommandEntry& each : command.commands) words += each.name() + " ";
  for (const OptionEntry& option : command.options) words += fmt::format("{} ", fmt::join(option.names, " "));
  for (const OptionEntry& positional : command.positionals) words += fmt::format("{} ", fmt::join(positional.choices, " "));
  return words;
}

std::string bash_of(const CommandEntry& program) {
  std::string words;
  for (const CommandEntry* command : all_of(program)) words += fmt::format("    '{}') words='{}' ;;\n", command->path, words_of(*command));
  const std::string values = cases_of_values(program, [](const OptionEntry& option) {
    if (!option.choices.empty()) return fmt::format("_godwit_offer '{}'; return", fmt::join(option.choices, " "));
    return std::string(option.is_number ? "return" : "compopt -o default; return");
  });
  return fmt::format(R"(# bash completion for godwit; made by: godwit completion bash
_godwit_offer() {{ mapfile -t COMPREPLY < <(compgen -W "$1" -- "$current"); }}
_godwit() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} place=godwit words= word
  COMPREPLY=()
  # bash takes --option=value apart
  if [[ $current == = ]]; then current=
  elif [[ $previous == = && COMP_CWORD -gt 1 ]]; then previous=${{COMP_WORDS[COMP_CWORD-2]}}
  fi
  for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
    case "$place $word" in
    {0}) place+=" $word" ;;
    esac
  done
  case "$place $previous" in
{1}  esac
  case "$place" in
{2}  esac
  _godwit_offer "$words"
  [[ ${{#COMPREPLY[@]}} -gt 0 || $current == -* ]] || compopt -o default
}}
complete -F _godwit godwit
)",
                     command_patterns(program), values, words);
}

// "word:text", as _describe wants it.
std::string described(const std::string& word, const std::string& text) {
  std::string plain;
  for (const char c : word) plain += c == ':' ? "\\:" : std::string(1, c);
  return quoted(plain + ":" + text, Shell::zsh);
}

std::string zsh_of(const CommandEntry& program) {
  std::string words;
  for (const CommandEntry* command : all_of(program)) {
    words += fmt::format("    '{}')\n", command->path);
    for (const CommandEntry& each : command->commands) words += fmt::format("      commands+=({})\n", described(each.name(), each.text));
    for (const OptionEntry& option : command->options) {
      for (const std::string& name : option.names) words += fmt::format("      options+=({})\n", described(name, option.text));
    }
    for (const OptionEntry& positional : command->positionals) {
      for (const std::string& choice : positional.choices) {
        words += fmt::format("      commands+=({})\n", described(choice, positional.text));
      }
    }
    words += "      ;;\n";
  }
  const std::string values = cases_of_values(program, [](const OptionEntry& option) {
    if (!option.choices.empty()) return fmt::format("compadd -- {}; return", fmt::join(option.choices, " "));
    return std::string(option.is_number ? "return" : "_files; return");
  });
  return fmt::format(R"(#compdef godwit
# made by: godwit completion zsh
_godwit() {{
  local place=godwit word
  local -a commands options
  for word in ${{words[2,CURRENT-1]}}; do
    case "$place $word" in
    {0}) place+=" $word" ;;
    esac
  done
  case "$place ${{words[CURRENT-1]}}" in
{1}  esac
  case "$place" in
{2}  esac
  if [[ ${{words[CURRENT]}} == -* ]]; then _describe option options
  elif (( ${{#commands}} )); then _describe command commands
  else _files
  fi
}}
_godwit "$@"
)",
                     command_patterns(program), values, words);
}

std::string fish_option(const CommandEntry& command, const OptionEntry& option) {
  std::string line = fmt::format("complete -c godwit -n {}", quoted("__godwit_at '" + command.path + "'", Shell::fish));
  for (const std::string& name : option.names) line += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  if (!option.choices.empty()) line += fmt::format(" -x -a {}", quoted(fmt::format("{}", fmt::join(option.choices, " ")), Shell::fish));
  else if (option.is_number) line += " -x";
  else if (!option.value.empty()) line += " -r -F";
  return line + " -d " + quoted(option.text, Shell::fish) + "\n";
}

std::string fish_of(const CommandEntry& program) {
  std::string text = fmt::format(R"(# fish completion for godwit; made by: godwit completion fish
function __godwit_at
  set -l place godwit
  for word in (commandline -opc)[2..-1]
    switch "$place $word"
      case {}
        set place "$place $word"
    end
  end
  test "$place" = "$argv[1]"
end
)",
                                 [&] {
                                   std::string patterns = command_patterns(program);
                                   std::ranges::replace(patterns, '|', ' ');
                                   return patterns;
                                 }());
  for (const CommandEntry* command : all_of(program)) {
    const std::string here = quoted("__godwit_at '" + command->path + "'", Shell::fish);
    for (const CommandEntry& each : command->commands) {
      text += fmt::format("complete -c godwit -n {} -f -a {} -d {}\n", here, each.name(), quoted(each.text, Shell::fish));
    }
    for (const OptionEntry& positional : command->positionals) {
      for (const std::string& choice : positional.choices) text += fmt::format("complete -c godwit -n {} -f -a {}\n", here, choice);
    }
    for (const OptionEntry& option : command->options) text += fish_option(*command, option);
  }
  return text;
}

}  // namespace

std::string completion_for(Shell shell, const CommandEntry& program) {
  switch (shell) {
    case Shell::bash: return bash_of(program);
    case Shell::zsh: return zsh_of(program);
    case Shell::fish: return fish_of(program);
  }
  return "";
}

CLI::App& add_completion_command(CLI::App& program, CompletionOptions& options) {
  CLI::App& command = *program.add_subcommand("completion", "Print a script by which a shell completes godwit's commands and options");
  command.add_option("shell", options.shell, "Which shell")->check(CLI::IsMember({"bash", "zsh", "fish"}))->required();
  command.footer("The Debian package installs them for all three.\n\n"
                 "Examples:\n"
                 "  godwit completion bash > /etc/bash_completion.d/godwit\n"
                 "  godwit completion zsh > ~/.zsh/_godwit               in a directory of fpath\n"
                 "  godwit completion fish > ~/.config/fish/completions/godwit.fish");
  return command;
}

int run_completion(const CompletionOptions& options, const CLI::App& program) {
  const Shell shell = options.shell == "bash" ? Shell::bash : options.shell == "zsh" ? Shell::zsh : Shell::fish;
  fmt::print("{}", completion_for(shell, read_commands(program)));
  return 0;
}

}  // namespace godwit::cli
