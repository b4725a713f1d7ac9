// SPDX-License-Identifier: Apache-2.0
#include "sieve/client.h"

#include <fmt/format.h>

#include "base/error_code_filters.h"
#include "base/text.h"
#include "sieve/refusal.h"

namespace godwit::sieve {
namespace {

constexpr std::size_t buffer_size = 16 * 1024;
// What may be on its way to a server that has not answered yet: so little that neither side waits for the other to read.
constexpr std::size_t most_commands_ahead = 32;
constexpr std::size_t most_bytes_ahead = 48 * 1024;

std::string shown(std::string_view bytes) { return std::string(bytes.substr(0, bytes.find("\r\n"))); }

}  // namespace

Client::Client(std::unique_ptr<net::Stream> stream, ClientOptions options)
    : stream_(std::move(stream)),
      options_(std::move(options)),
      buffer_(std::make_unique_for_overwrite<char[]>(buffer_size)),
      decoder_(options_.limits) {
  const std::string security = stream_->security();
  if (options_.trace) options_.trace->note("connected to " + stream_->peer() + (security.empty() ? "" : ", ") + security);
}

// --- lines and answers -------------------------------------------------------------------------------------------------------------

Task<Result<Line>> Client::read_line() {
  while (true) {
    if (unread_.empty()) {
      GODWIT_CO_TRY(const std::size_t size, co_await stream_->read_some({buffer_.get(), buffer_size}));
      if (size == 0) co_return fail(codes::closed_by_server, "the server closed the connection");
      unread_ = {buffer_.get(), size};
    }
    GODWIT_CO_TRY(auto line, decoder_.next(unread_));
    if (!line) continue;
    trace_received(*line);
    co_return *std::move(line);
  }
}

// A BYE ends the session, whatever was asked.
Task<Result<Client::Answer>> Client::read_answer(std::string_view name) {
  Answer answer;
  while (true) {
    GODWIT_CO_TRY(Line line, co_await read_line());
    if (line.kind == Line::Kind::bye && name != "LOGOUT") co_return std::unexpected(error_of(name, line));
    if (line.kind != Line::Kind::data) {
      answer.status = std::move(line);
      co_return answer;
    }
    answer.data.push_back(std::move(line));
    if (answer.data.size() <= options_.lines_limit) continue;
    co_return fail(codes::response_too_large, fmt::format("the answer to {} has more than {} lines", name, options_.lines_limit));
  }
}

Task<Result<>> Client::write(std::string_view bytes) {
  const std::string_view pieces[] = {bytes};
  co_return co_await stream_->write(pieces);
}

Client::Command Client::command(std::string_view name, std::string_view first, std::string_view second) {
  Command command{name, std::string(name)};
  for (const std::string_view argument : {first, second}) {
    if (argument.data() == nullptr) continue;  // not given: "" is an argument, too
    command.bytes += ' ';
    append_string(command.bytes, argument);
  }
  command.bytes += "\r\n";
  return command;
}

Task<Result<>> Client::send(std::span<const Command> commands) {
  std::vector<std::string_view> pieces;
  for (const Command& each : commands) {
    trace_sent(each.bytes);
    pieces.push_back(each.bytes);
    if (each.body.empty()) continue;
    if (options_.trace) options_.trace->note(fmt::format("a script of {} bytes follows", each.body.size() - 2));
    pieces.push_back(each.body);
  }
  co_return co_await stream_->write(pieces);
}

Task<Result<std::vector<Result<Client::Answer>>>> Client::run_all(std::span<const Command> commands) {
  std::vector<Result<Answer>> answers;
  while (!commands.empty()) {
    std::size_t count = 0, size = 0;
    while (count < std::min(commands.size(), most_commands_ahead)) {
      size += commands[count].bytes.size() + commands[count].body.size();
      if (count > 0 && size > most_bytes_ahead) break;
      ++count;
    }
    GODWIT_CO_CHECK(co_await send(commands.first(count)));
    bool is_doubtful = false;
    for (const Command& each : commands.first(count)) {
      GODWIT_CO_TRY(Answer answer, co_await read_answer(each.name));
      is_doubtful = is_doubtful || (answer.status.kind == Line::Kind::no && !each.body.empty());
      if (answer.status.kind == Line::Kind::no) {
        Error error = error_of(each.name, answer.status);
        if (error.kind == ErrorKind::unavailable) co_return std::unexpected(std::move(error));
        answers.emplace_back(std::unexpected(std::move(error)));
      } else {
        answers.emplace_back(std::move(answer));
      }
    }
    if (is_doubtful && capabilities_.is_of_the_rfc()) GODWIT_CO_CHECK(co_await synchronize());
    commands = commands.subspan(count);
  }
  co_return answers;
}

// A server that stops reading a command at what it refuses takes the script behind it for commands, and every later answer for that of
// another question (Cyrus 3.6 does so). RFC 5804 section 2.13: a NOOP's answer says whose it is.
Task<Result<>> Client::synchronize() {
  const std::string tag = fmt::format("godwit-{}", ++synchronizations_);
  const Command question[] = {command("NOOP", tag)};
  GODWIT_CO_CHECK(co_await send(question));
  GODWIT_CO_TRY(const Answer answer, co_await read_answer("NOOP"));
  const bool is_ours = answer.data.empty() && answer.status.code == ResponseCode{"TAG", {tag}};
  if (is_ours) co_return Result<>{};
  co_return fail(codes::response_out_of_place, "the server's answers no longer fit what was asked, after it refused a script");
}

Task<Result<Client::Answer>> Client::run(Command one) {
  const Command commands[] = {std::move(one)};
  GODWIT_CO_TRY(auto answers, co_await run_all(commands));
  co_return std::move(answers.front());
}

void Client::trace_sent(std::string_view bytes) const {
  if (options_.trace) options_.trace->sent(shown(bytes));
}

void Client::trace_received(const Line& line) const {
  if (!options_.trace) return;
  if (line.kind == Line::Kind::data && line.words.size() == 1 && line.words.front().contains('\n')) {
    options_.trace->body(line.words.front());
    options_.trace->body_ends();
    return;
  }
  std::string text;
  if (line.kind != Line::Kind::data) text = line.kind == Line::Kind::ok ? "OK" : line.kind == Line::Kind::no ? "NO" : "BYE";
  if (!line.code.name.empty()) {
    text += fmt::format(" ({}{}{})", line.code.name, line.code.arguments.empty() ? "" : " ", fmt::join(line.code.arguments, " "));
  }
  if (!line.text.empty()) text += " \"" + line.text + "\"";
  for (const std::string& word : line.words) text += (text.empty() ? "\"" : " \"") + word + "\"";
  options_.trace->received(text);
}

// --- the session's beginning and end -------------------------------------------------------------------------------------------------

Result<> Client::take_capabilities(const Answer& answer) {
  Capabilities told;
  for (const Line& line : answer.data) {
    GODWIT_TRY(auto capability, parse_capability(line));
    told.add(std::move(capability));
  }
  capabilities_ = std::move(told);
  return {};
}

// Whoever speaks another protocol may never say what would end the greeting: each line is looked at as it comes.
Task<Result<>> Client::greeting() {
  while (capabilities_.all().size() <= options_.lines_limit) {
    const auto line = co_await read_line();
    const bool is_data = line && line->kind == Line::Kind::data;
    auto told = is_data ? parse_capability(*line) : Result<Capability>();
    const Error* const error = !line ? &line.error() : !told ? &told.error() : nullptr;
    if (error != nullptr && error->kind == ErrorKind::syntax) {
      co_return fail(codes::greeting_not_managesieve, "whoever answers here does not speak ManageSieve; check the port, and whether it "
                                                      "wants TLS from the first byte: " + error->what);
    }
    if (error != nullptr) co_return std::unexpected(*error);
    if (is_data) capabilities_.add(*std::move(told));
    if (line->kind == Line::Kind::ok) co_return Result<>{};
    if (line->kind == Line::Kind::bye) co_return std::unexpected(error_of("greeting", *line));
    if (line->kind == Line::Kind::no) co_return fail(codes::unavailable, "the server refuses the connection", line->text);
  }
  co_return fail(codes::response_too_large, fmt::format("the server's greeting has more than {} lines", options_.lines_limit));
}

Task<Result<>> Client::capability() {
  GODWIT_CO_TRY(const Answer answer, co_await run(command("CAPABILITY")));
  co_return take_capabilities(answer);
}

// RFC 5804 section 2.2: the server tells its capabilities again by itself. Servers of before the RFC do not: so they are asked for, and a
// NOOP behind it, whose answer has no data, shows where the answers to all of it end (section 2.13).
Task<Result<>> Client::starttls(Upgrade upgrade) {
  GODWIT_CO_CHECK(co_await run(command("STARTTLS")));
  if (!unread_.empty()) {
    // Section 2.2: whatever came in the clear behind the answer may be somebody else's.
    co_return fail(codes::response_out_of_place, "the server spoke on before the line was encrypted; somebody may change what it says");
  }
  auto encrypted = co_await upgrade(std::move(stream_));
  if (!encrypted) co_return std::unexpected(std::move(encrypted).error());
  stream_ = *std::move(encrypted);
  if (options_.trace) options_.trace->note("encrypted: " + stream_->security());
  const Command questions[] = {command("CAPABILITY"), command("NOOP")};
  GODWIT_CO_CHECK(co_await send(questions));
  bool is_told = false;
  while (true) {
    GODWIT_CO_TRY(const Answer answer, co_await read_answer("STARTTLS"));
    if (answer.data.empty() && is_told) co_return Result<>{};
    if (answer.data.empty()) co_return std::unexpected(error_of("CAPABILITY", answer.status));
    GODWIT_CO_CHECK(take_capabilities(answer));
    is_told = true;
  }
}

Task<Result<>> Client::noop() {
  GODWIT_CO_CHECK(co_await run(command("NOOP")));
  co_return Result<>{};
}

Task<Result<>> Client::logout() {
  GODWIT_CO_CHECK(co_await run(command("LOGOUT")));
  co_return Result<>{};
}

// --- logins --------------------------------------------------------------------------------------------------------------------------

Task<Result<>> Client::authenticate(std::unique_ptr<sasl::Mechanism> mechanism) {
  std::string line = fmt::format("AUTHENTICATE \"{}\"", mechanism->name());
  if (options_.trace) options_.trace->sent(line + (mechanism->speaks_first() ? " ***" : ""));
  if (mechanism->speaks_first()) {
    GODWIT_CO_TRY(const Secret first, mechanism->respond({}));
    GODWIT_CO_CHECK(co_await say_secret(line + " ", first));
  } else {
    GODWIT_CO_CHECK(co_await write(line + "\r\n"));
  }
  GODWIT_CO_TRY(const Line status, co_await converse(*mechanism));
  if (status.kind == Line::Kind::no) co_return std::unexpected(error_of("AUTHENTICATE", status));
  if (status.code.name == "SASL" && !status.code.arguments.empty()) {
    const std::string last = from_base64(status.code.arguments.front()).value_or(std::string());
    GODWIT_CO_CHECK(mechanism->respond(last));
  }
  co_return mechanism->finish();
}

// Until the server has made up its mind.
Task<Result<Line>> Client::converse(sasl::Mechanism& mechanism) {
  while (true) {
    GODWIT_CO_TRY(Line line, co_await read_line());
    if (line.kind == Line::Kind::bye) co_return std::unexpected(error_of("AUTHENTICATE", line));
    if (line.kind != Line::Kind::data) co_return line;
    const std::string& challenge = line.words.front();
    const auto said = mechanism.respond(from_base64(challenge).value_or(challenge));
    if (!said) co_return std::unexpected((co_await cancel_login(said.error())).error());
    if (options_.trace) options_.trace->sent("***");
    GODWIT_CO_CHECK(co_await say_secret({}, *said));
  }
}

Task<Result<>> Client::say_secret(std::string_view before, const Secret& secret) {
  std::string encoded = to_base64(secret.reveal());
  std::string line;
  line.reserve(before.size() + encoded.size() + 32);  // so that nothing of it stays behind in memory that it has left
  line += before;
  append_string(line, encoded);
  line += "\r\n";
  const auto written = co_await write(line);
  wipe(encoded);
  wipe(line);
  co_return written;
}

Task<Result<>> Client::cancel_login(Error error) {
  GODWIT_CO_CHECK(co_await write("\"*\"\r\n"));
  GODWIT_CO_CHECK(co_await read_answer("AUTHENTICATE"));
  co_return std::unexpected(std::move(error));
}

// --- scripts -------------------------------------------------------------------------------------------------------------------------

Task<Result<std::vector<ListedScript>>> Client::list_scripts() {
  GODWIT_CO_TRY(const Answer answer, co_await run(command("LISTSCRIPTS")));
  std::vector<ListedScript> scripts;
  for (const Line& line : answer.data) {
    GODWIT_CO_TRY(scripts.emplace_back(), parse_listed_script(line));
  }
  co_return scripts;
}

Task<Result<std::vector<Result<std::string>>>> Client::get_scripts(std::span<const std::string> names) {
  std::vector<Command> commands;
  for (const std::string& name : names) commands.push_back(command("GETSCRIPT", name));
  GODWIT_CO_TRY(auto answers, co_await run_all(commands));
  std::vector<Result<std::string>> texts;
  for (auto& answer : answers) {
    if (!answer) {
      texts.emplace_back(std::unexpected(std::move(answer).error()));
      continue;
    }
    const bool is_one = answer->data.size() == 1 && answer->data.front().words.size() == 1;
    if (!is_one) co_return fail(codes::response_malformed, "the answer to GETSCRIPT is not one script");
    texts.emplace_back(std::move(answer->data.front().words.front()));
  }
  co_return texts;
}

Task<Result<std::vector<Result<Accepted>>>> Client::offer(std::span<const Command> commands) {
  GODWIT_CO_TRY(auto answers, co_await run_all(commands));
  std::vector<Result<Accepted>> all;
  for (auto& answer : answers) {
    if (!answer) {
      all.emplace_back(std::unexpected(std::move(answer).error()));
    } else {
      all.emplace_back(Accepted{answer->status.code.name == "WARNINGS" ? std::move(answer->status.text) : std::string()});
    }
  }
  co_return all;
}

Task<Result<std::vector<Result<Accepted>>>> Client::check_scripts(std::span<const std::string_view> texts) {
  std::vector<Command> commands;
  for (const std::string_view text : texts) {
    commands.push_back({"CHECKSCRIPT", fmt::format("CHECKSCRIPT {{{}+}}\r\n", text.size()), std::string(text) + "\r\n"});
  }
  co_return co_await offer(commands);
}

Task<Result<std::vector<Result<Accepted>>>> Client::put_scripts(std::span<const NamedText> scripts) {
  std::vector<Command> commands;
  for (const NamedText& script : scripts) {
    std::string line = "PUTSCRIPT ";
    append_string(line, script.name);
    commands.push_back({"PUTSCRIPT", line + fmt::format(" {{{}+}}\r\n", script.text.size()), std::string(script.text) + "\r\n"});
  }
  co_return co_await offer(commands);
}

Task<Result<std::vector<Result<>>>> Client::delete_scripts(std::span<const std::string> names) {
  std::vector<Command> commands;
  for (const std::string& name : names) commands.push_back(command("DELETESCRIPT", name));
  GODWIT_CO_TRY(auto answers, co_await run_all(commands));
  std::vector<Result<>> all;
  for (auto& answer : answers) all.push_back(answer ? Result<>() : std::unexpected(std::move(answer).error()));
  co_return all;
}

Task<Result<>> Client::set_active(std::string_view name) {
  GODWIT_CO_CHECK(co_await run(command("SETACTIVE", name.data() == nullptr ? std::string_view("") : name)));
  co_return Result<>{};
}

Task<Result<>> Client::rename_script(std::string_view from, std::string_view to) {
  GODWIT_CO_CHECK(co_await run(command("RENAMESCRIPT", from, to)));
  co_return Result<>{};
}

Task<Result<>> Client::have_space(std::string_view name, std::uint64_t size) {
  Command question{"HAVESPACE", "HAVESPACE "};
  append_string(question.bytes, name);
  question.bytes += fmt::format(" {}\r\n", size);
  GODWIT_CO_CHECK(co_await run(std::move(question)));
  co_return Result<>{};
}

}  // namespace godwit::sieve
