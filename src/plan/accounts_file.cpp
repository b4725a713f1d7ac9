// SPDX-License-Identifier: Apache-2.0
#include "plan/accounts_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "base/text.h"
#include "base/utf8.h"
#include "plan/account_columns.h"
#include "plan/csv_reader.h"

namespace godwit::plan {
namespace {

constexpr std::string_view blanks = " \t";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(blanks);
  return first == std::string_view::npos ? std::string_view() : text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// Takes a line without its end off the front.
std::string_view take_line(std::string_view& text) {
  std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

// Empty when the name may be one.
std::string fault_of_user(std::string_view user) {
  if (has_control(user)) return fmt::format("the name \"{}\" has a control character in it; remove it", printable(user));
  if (user.starts_with('@') || user.ends_with('@')) {
    return fmt::format("the name \"{}\" is half an address; write all of it, or no \"@\"", printable(user));
  }
  return {};
}

// All that is not text. Passwords are bytes to a server, but a file in another encoding gives it wrong ones.
bool is_readable(std::string_view text, const std::string& file, Problems& problems) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
    problems.add({file}, "the file is UTF-16; save it as UTF-8");
    return false;
  }
  bool is_good = true;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = take_line(text);
    const bool has_nul = line.find('\0') != std::string_view::npos;
    if (is_utf8(line) && !has_nul) continue;
    is_good = false;
    problems.add({file, number}, has_nul ? "there is a NUL byte in this line; save the file as plain text in UTF-8"
                                         : "this line is not UTF-8; save the file as UTF-8 (iconv -f WINDOWS-1252 -t UTF-8)");
  }
  return is_good;
}

class CsvAccounts {
 public:
  CsvAccounts(const std::string& file, const AccountSettings& settings, Problems& problems)
      : file_(file), settings_(settings), problems_(problems) {}

  std::vector<Account> read(std::string_view text, char delimiter, std::size_t first_line) {
    CsvReader reader(text, delimiter, first_line);
    bool is_header_read = false;
    while (auto record = reader.next()) {
      if (!*record) {
        problems_.add({file_, record->error().line, record->error().column}, record->error().what);
        if (!is_header_read) return {};
      } else if (is_header_read) {
        add_account(**record);
      } else if (!take_header(**record)) {
        return {};
      }
      is_header_read = true;
    }
    if (!is_header_read) problems_.add({file_}, "the file is empty; its first line must name the columns: source_user,source_password,…");
    else if (accounts_.empty() && problems_.empty())
      problems_.add({file_}, "there is no account in this file; write a line for each below the header");
    return std::move(accounts_);
  }

 private:
  bool take_header(CsvRecord& record) {
    for (std::string& name : record.fields) name = trimmed(name);
    auto columns = read_header(record.fields, settings_.ignored_columns);
    if (columns) columns_ = std::move(*columns);
    else for (const Error& error : columns.error()) problems_.add({file_, record.line}, error.what);
    return columns.has_value();
  }

  void add_account(CsvRecord& record) {
    const std::size_t count = record.fields.size();
    if (count == 1 && columns_.size() != 1 && trimmed(record.fields[0]).empty()) {
      return problems_.add({file_, record.line}, "this line is empty; remove it");
    }
    if (count != columns_.size()) {
      return problems_.add({file_, record.line},
                           fmt::format("this line has {} fields, and the header {}; a field with the delimiter in it stands in quotes",
                                       count, columns_.size()));
    }
    Account account;
    account.file = file_;
    account.line = record.line;
    std::string fault;
    for (std::size_t i = 0; i < count && fault.empty(); ++i) fault = take_field(account, columns_[i], std::move(record.fields[i]));
    if (fault.empty() && account.source_user.empty())
      fault = "the account has no name on the source; write it under source_user, or remove the line";
    if (!fault.empty()) return problems_.add({file_, record.line}, std::move(fault));
    accounts_.push_back(std::move(account));
  }

  // What is wrong with it; empty when nothing is.
  static std::string take_field(Account& account, AccountColumn column, std::string value) {
    if (column == AccountColumn::source_password) return account.source_password = Secret(std::move(value)), std::string();
    if (column == AccountColumn::target_password) return account.target_password = Secret(std::move(value)), std::string();
    std::string text(trimmed(value));
    switch (column) {
      case AccountColumn::source_user: account.source_user = std::move(text); return fault_of_user(account.source_user);
      case AccountColumn::target_user: account.target_user = std::move(text); return fault_of_user(account.target_user);
      case AccountColumn::wave: account.wave = std::move(text); break;
      case AccountColumn::source: account.source = std::move(text); break;
      case AccountColumn::target: account.target = std::move(text); break;
      case AccountColumn::name: account.name = std::move(text); break;
      case AccountColumn::priority: return take_priority(account, text);
      case AccountColumn::source_password:
      case AccountColumn::target_password:
      case AccountColumn::ignored: break;
    }
    return {};
  }

  static std::string take_priority(Account& account, std::string_view text) {
    if (text.empty()) return {};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), account.priority);
    const bool is_whole = error == std::errc{} && end == text.data() + text.size();
    if (is_whole && account.priority >= lowest_priority && account.priority <= highest_priority) return {};
    return fmt::format("\"{}\" is no priority; write a whole number from {} to {}, higher ones go first", printable(text), lowest_priority,
                       highest_priority);
  }

  const std::string& file_;
  const AccountSettings& settings_;
  Problems& problems_;
  std::vector<AccountColumn> columns_;
  std::vector<Account> accounts_;
};

// The delimiter with which most of the first line's names are known; nothing when none of them is a source's user.
std::optional<char> delimiter_of(std::string_view text) {
  std::optional<char> best;
  std::ptrdiff_t most = 0;
  for (const char delimiter : {',', ';', '\t', '|'}) {
    const auto header = CsvReader(text, delimiter).next();
    if (!header || !*header) continue;
    const auto& names = (*header)->fields;
    const bool has_user =
        std::ranges::any_of(names, [](const std::string& name) { return find_column(name) == AccountColumn::source_user; });
    const auto known = std::ranges::count_if(names, [](const std::string& name) { return find_column(name).has_value(); });
    if (has_user && known > most) best = delimiter, most = known;
  }
  return best;
}

// Lines above the header of a CSV file that begin with "#" and are no header themselves. Takes them off; how many they were.
std::size_t skip_comments(std::string_view& text) {
  std::size_t count = 0;
  for (std::string_view rest = text; rest.starts_with('#'); text = rest, ++count) {
    if (delimiter_of(take_line(rest))) break;
  }
  return count;
}

// Where no name is known: what the first line has most of, so that the errors are about its names.
char likely_delimiter(std::string_view text) {
  const std::string_view line = take_line(text);
  const std::array<char, 4> delimiters{',', ';', '\t', '|'};
  return *std::ranges::max_element(delimiters, {}, [&](char one) { return std::ranges::count(line, one); });
}

// "example.com": what could as well be the end of a password as a domain.
bool looks_like_domain(std::string_view text) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto is_part = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.'; };
  const auto dot = text.rfind('.');
  return dot != std::string_view::npos && dot > 0 && text.size() - dot > 2 && std::ranges::all_of(text, is_part) &&
         std::ranges::all_of(text.substr(dot + 1), is_letter);
}

struct BulkLine {
  std::string_view user, password, domain;
};

// The first colon ends the user; with a domain, the last one begins it.
std::expected<BulkLine, std::string> divide_bulk(std::string_view line, AccountsFormat format) {
  const auto first = line.find(':'), last = line.rfind(':');
  if (first == std::string_view::npos) return BulkLine{.user = line, .password = {}, .domain = {}};
  BulkLine parts{.user = line.substr(0, first), .password = line.substr(first + 1), .domain = {}};
  if (format == AccountsFormat::user_password_domain) {
    if (last == first) return std::unexpected("this line has one colon; write user:password:domain");
    parts.password = line.substr(first + 1, last - first - 1);
    parts.domain = trimmed(line.substr(last + 1));
    if (parts.domain.empty()) return std::unexpected("there is no domain behind the last colon; write user:password:domain");
  } else if (format == AccountsFormat::automatic && last != first && looks_like_domain(trimmed(line.substr(last + 1)))) {
    return std::unexpected(fmt::format("is \"{}\" a domain, or the end of the password? write format = \"user:password:domain\" or "
                                       "format = \"user:password\" in [accounts]",
                                       trimmed(line.substr(last + 1))));
  }
  return parts;
}

std::expected<Account, std::string> parse_bulk_line(std::string_view line, AccountsFormat format) {
  auto parts = divide_bulk(line, format);
  if (!parts) return std::unexpected(std::move(parts).error());
  Account account;
  account.source_user = trimmed(parts->user);
  account.source_password = Secret(std::string(parts->password));
  if (account.source_user.empty()) return std::unexpected("there is no name in front of the colon; write user:password");
  if (!parts->domain.empty()) {
    const auto at = account.source_user.rfind('@');
    if (at == std::string::npos) account.source_user.append("@").append(parts->domain);
    else if (!equals_ignoring_case(account.source_user.substr(at + 1), parts->domain)) {
      return std::unexpected(fmt::format("\"{}\" is not in the domain \"{}\" of the same line; write one of them",
                                         printable(account.source_user), printable(parts->domain)));
    }
  }
  if (account.source_user.find_first_of(",;\t|") != std::string::npos) {
    return std::unexpected(fmt::format("the name \"{}\" has a delimiter in it; a CSV file begins with a line that names its columns: "
                                       "source_user,source_password,… (for such a name: a CSV file, the name in quotes)",
                                       printable(account.source_user)));
  }
  std::string fault = fault_of_user(account.source_user);
  if (!fault.empty()) return std::unexpected(std::move(fault));
  return account;
}

// "user:password" as a headline would be taken for an account.
bool is_headline(std::string_view line) {
  const auto colon = line.find(':');
  return colon != std::string_view::npos && find_column(line.substr(0, colon)) == AccountColumn::source_user &&
         find_column(line.substr(colon + 1, line.find(':', colon + 1) - colon - 1)) == AccountColumn::source_password;
}

std::vector<Account> read_bulk(std::string_view text, const std::string& file, AccountsFormat format, Problems& problems) {
  std::vector<Account> accounts;
  bool is_first = true;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::string_view line = take_line(text);
    if (trimmed(line).empty() || trimmed(line).starts_with('#')) continue;
    if (std::exchange(is_first, false) && is_headline(line)) {
      problems.add({file, number}, "this line looks like a header, and this form of file has none; remove the line");
      continue;
    }
    auto account = parse_bulk_line(line, format);
    if (account) {
      account->file = file;
      account->line = number;
      accounts.push_back(std::move(*account));
    } else {
      problems.add({file, number}, std::move(account).error());
    }
  }
  if (is_first) problems.add({file}, "there is no account in this file; write a line user:password for each");
  return accounts;
}

}  // namespace

std::vector<Account> parse_accounts(std::string_view text, const std::string& file, const AccountSettings& settings, Problems& problems) {
  if (!is_readable(text, file, problems)) return {};
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const std::string_view whole = text;
  const std::size_t comments = skip_comments(text);
  const auto delimiter = delimiter_of(text);
  const bool is_called_csv = std::ranges::any_of(std::array{".csv", ".tsv"}, [&](std::string_view ending) {
    return file.size() > ending.size() && equals_ignoring_case(std::string_view(file).substr(file.size() - ending.size()), ending);
  });
  const bool is_csv = settings.format == AccountsFormat::csv ||
                      (settings.format == AccountsFormat::automatic && (delimiter || is_called_csv));
  if (is_csv) return CsvAccounts(file, settings, problems).read(text, delimiter ? *delimiter : likely_delimiter(text), comments + 1);
  return read_bulk(whole, file, settings.format, problems);
}

}  // namespace godwit::plan
