// SPDX-License-Identifier: Apache-2.0
// The code that an error is searched by: 3201 is shown as GW-3201. docs/errors.md lists all of them with what to do; a number is
// never given a second meaning. Ranges: 1xxx configuration and usage, 2xxx login, 3xxx network and TLS, 4xxx source,
// 5xxx target, 6xxx items, 7xxx ledger and files, 9xxx defects.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"

namespace godwit {

struct ErrorCode {
  std::uint16_t number = 0;
  ErrorKind kind = ErrorKind::bug;
  friend constexpr bool operator==(const ErrorCode&, const ErrorCode&) = default;
};

namespace codes {

inline constexpr ErrorCode usage{1000, ErrorKind::usage};
inline constexpr ErrorCode account_url{1001, ErrorKind::usage};
inline constexpr ErrorCode password_in_url{1002, ErrorKind::usage};
inline constexpr ErrorCode fingerprint_form{1003, ErrorKind::usage};
inline constexpr ErrorCode password_file{1004, ErrorKind::usage};
inline constexpr ErrorCode password_missing{1005, ErrorKind::usage};
inline constexpr ErrorCode credentials_form{1006, ErrorKind::usage};
inline constexpr ErrorCode token_file{1007, ErrorKind::usage};
inline constexpr ErrorCode rule_form{1010, ErrorKind::usage};
inline constexpr ErrorCode repair_rule_unknown{1011, ErrorKind::usage};
inline constexpr ErrorCode account_not_in_ledger{1012, ErrorKind::not_found};
inline constexpr ErrorCode account_not_named{1013, ErrorKind::usage};
inline constexpr ErrorCode options_do_not_fit{1014, ErrorKind::usage};
inline constexpr ErrorCode manifest_of_other_key{1020, ErrorKind::usage};
inline constexpr ErrorCode no_manifest{1021, ErrorKind::usage};
inline constexpr ErrorCode key_file{1022, ErrorKind::usage};
inline constexpr ErrorCode plan_is_there{1030, ErrorKind::usage};
inline constexpr ErrorCode answer_missing{1031, ErrorKind::usage};
inline constexpr ErrorCode client_certificate{1040, ErrorKind::usage};
inline constexpr ErrorCode client_certificate_date{1041, ErrorKind::usage};
inline constexpr ErrorCode client_certificate_key{1042, ErrorKind::usage};
inline constexpr ErrorCode proxy_form{1043, ErrorKind::usage};
inline constexpr ErrorCode authorities_file{1044, ErrorKind::usage};
inline constexpr ErrorCode stopped{1900, ErrorKind::canceled};

inline constexpr ErrorCode auth{2000, ErrorKind::auth};
inline constexpr ErrorCode login_refused{2001, ErrorKind::auth};
inline constexpr ErrorCode login_unsupported{2002, ErrorKind::auth};
inline constexpr ErrorCode login_not_authorized{2003, ErrorKind::auth};
inline constexpr ErrorCode password_expired{2004, ErrorKind::auth};
inline constexpr ErrorCode login_needs_encryption{2005, ErrorKind::auth};
inline constexpr ErrorCode login_needs_administrator{2006, ErrorKind::auth};
inline constexpr ErrorCode login_not_connected{2007, ErrorKind::auth};
inline constexpr ErrorCode login_challenge{2008, ErrorKind::auth};
inline constexpr ErrorCode login_server_unproven{2009, ErrorKind::auth};
inline constexpr ErrorCode login_locked{2020, ErrorKind::auth};
inline constexpr ErrorCode login_password_barred{2021, ErrorKind::auth};
inline constexpr ErrorCode login_imap_off{2022, ErrorKind::auth};
inline constexpr ErrorCode login_worked_before{2023, ErrorKind::auth};
inline constexpr ErrorCode login_not_tried_again{2024, ErrorKind::auth};
inline constexpr ErrorCode login_not_possible_now{2030, ErrorKind::unavailable};
inline constexpr ErrorCode token_client{2101, ErrorKind::auth};
inline constexpr ErrorCode token_consent{2102, ErrorKind::auth};
inline constexpr ErrorCode token_login_needed{2103, ErrorKind::auth};
inline constexpr ErrorCode token_command{2104, ErrorKind::auth};
inline constexpr ErrorCode token_login_ended{2105, ErrorKind::auth};

inline constexpr ErrorCode network{3000, ErrorKind::network};
inline constexpr ErrorCode timeout{3001, ErrorKind::timeout};
inline constexpr ErrorCode tls{3002, ErrorKind::tls};
inline constexpr ErrorCode unavailable{3003, ErrorKind::unavailable};
inline constexpr ErrorCode syntax{3004, ErrorKind::syntax};
inline constexpr ErrorCode name_not_resolved{3101, ErrorKind::network};
inline constexpr ErrorCode name_not_resolved_in_time{3102, ErrorKind::timeout};
inline constexpr ErrorCode cannot_connect{3103, ErrorKind::network};
inline constexpr ErrorCode cannot_connect_in_time{3104, ErrorKind::timeout};
inline constexpr ErrorCode connection_broken{3105, ErrorKind::network};
inline constexpr ErrorCode closed_by_server{3106, ErrorKind::network};
inline constexpr ErrorCode server_silent{3107, ErrorKind::timeout};
inline constexpr ErrorCode session_ended{3108, ErrorKind::network};
inline constexpr ErrorCode extension_fails{3109, ErrorKind::network};
inline constexpr ErrorCode certificate_expired{3201, ErrorKind::tls};
inline constexpr ErrorCode certificate_not_yet_valid{3202, ErrorKind::tls};
inline constexpr ErrorCode certificate_name{3203, ErrorKind::tls};
inline constexpr ErrorCode certificate_self_signed{3204, ErrorKind::tls};
inline constexpr ErrorCode certificate_issuer{3205, ErrorKind::tls};
inline constexpr ErrorCode certificate_not_trusted{3206, ErrorKind::tls};
inline constexpr ErrorCode certificate_not_pinned{3207, ErrorKind::tls};
inline constexpr ErrorCode certificate_name_unknown{3208, ErrorKind::usage};
inline constexpr ErrorCode tls_not_spoken{3210, ErrorKind::tls};
inline constexpr ErrorCode starttls_not_offered{3211, ErrorKind::tls};
inline constexpr ErrorCode starttls_not_possible{3212, ErrorKind::tls};
inline constexpr ErrorCode tls_version_too_old{3220, ErrorKind::tls};
inline constexpr ErrorCode tls_too_weak{3221, ErrorKind::tls};
inline constexpr ErrorCode tls_gone{3222, ErrorKind::tls};
inline constexpr ErrorCode throttled{3301, ErrorKind::unavailable};
inline constexpr ErrorCode too_many_connections{3302, ErrorKind::unavailable};
inline constexpr ErrorCode mailbox_in_use{3303, ErrorKind::unavailable};
inline constexpr ErrorCode server_fault{3304, ErrorKind::unavailable};
inline constexpr ErrorCode greeting_not_imap{3401, ErrorKind::syntax};
inline constexpr ErrorCode response_malformed{3402, ErrorKind::syntax};
inline constexpr ErrorCode response_too_large{3403, ErrorKind::syntax};
inline constexpr ErrorCode response_out_of_place{3404, ErrorKind::syntax};
inline constexpr ErrorCode compression_damaged{3405, ErrorKind::syntax};
inline constexpr ErrorCode token_answer{3406, ErrorKind::syntax};
inline constexpr ErrorCode greeting_not_pop3{3407, ErrorKind::syntax};
inline constexpr ErrorCode proxy_not_spoken{3501, ErrorKind::syntax};
inline constexpr ErrorCode proxy_login_refused{3502, ErrorKind::auth};
inline constexpr ErrorCode proxy_cannot_connect{3503, ErrorKind::network};

inline constexpr ErrorCode source_folder_replaced{4001, ErrorKind::network};
inline constexpr ErrorCode source_changes_disordered{4002, ErrorKind::syntax};
inline constexpr ErrorCode source_gives_notice{4003, ErrorKind::refused};
inline constexpr ErrorCode source_cannot_read{4004, ErrorKind::refused};

inline constexpr ErrorCode quota{5000, ErrorKind::quota};
inline constexpr ErrorCode target_folder_replaced{5001, ErrorKind::network};

inline constexpr ErrorCode refused{6000, ErrorKind::refused};
inline constexpr ErrorCode too_big{6001, ErrorKind::too_big};
inline constexpr ErrorCode not_found{6002, ErrorKind::not_found};
inline constexpr ErrorCode exists{6003, ErrorKind::exists};
inline constexpr ErrorCode not_understood{6004, ErrorKind::not_understood};
inline constexpr ErrorCode keyword_form{6005, ErrorKind::refused};
inline constexpr ErrorCode argument_form{6006, ErrorKind::refused};
inline constexpr ErrorCode flags_refused{6007, ErrorKind::refused};
inline constexpr ErrorCode argument_refused{6008, ErrorKind::not_understood};
inline constexpr ErrorCode item_altered{6101, ErrorKind::refused};
inline constexpr ErrorCode item_repaired{6102, ErrorKind::refused};
inline constexpr ErrorCode item_flags{6103, ErrorKind::refused};
inline constexpr ErrorCode item_conflict{6104, ErrorKind::refused};
inline constexpr ErrorCode item_doubt{6105, ErrorKind::refused};
inline constexpr ErrorCode item_uidl{6106, ErrorKind::refused};
inline constexpr ErrorCode data_item_damaged{6110, ErrorKind::refused};
inline constexpr ErrorCode item_not_valid{6120, ErrorKind::syntax};

inline constexpr ErrorCode storage{7000, ErrorKind::storage};
inline constexpr ErrorCode disk_full{7001, ErrorKind::storage};
inline constexpr ErrorCode disk_fault{7002, ErrorKind::storage};
inline constexpr ErrorCode ledger_damaged{7003, ErrorKind::storage};
inline constexpr ErrorCode no_ledger{7004, ErrorKind::storage};
inline constexpr ErrorCode ledger_not_writable{7005, ErrorKind::storage};
inline constexpr ErrorCode ledger_in_use{7006, ErrorKind::storage};
inline constexpr ErrorCode ledger_open_elsewhere{7007, ErrorKind::storage};
inline constexpr ErrorCode ledger_of_another_version{7008, ErrorKind::storage};
inline constexpr ErrorCode ledger_store_missing{7009, ErrorKind::storage};
inline constexpr ErrorCode ledger_store_swapped{7010, ErrorKind::storage};
inline constexpr ErrorCode locks_not_possible{7011, ErrorKind::storage};
inline constexpr ErrorCode manifest_damaged{7020, ErrorKind::storage};
inline constexpr ErrorCode output_in_use{7021, ErrorKind::storage};
inline constexpr ErrorCode line_file{7030, ErrorKind::storage};
inline constexpr ErrorCode plan_not_written{7040, ErrorKind::storage};
inline constexpr ErrorCode data_file_unreadable{7060, ErrorKind::storage};

inline constexpr ErrorCode bug{9000, ErrorKind::bug};
inline constexpr ErrorCode unexpected_exception{9001, ErrorKind::bug};

}  // namespace codes

struct ErrorCodeEntry {
  ErrorCode code;
  std::string_view title;    // a few words
  std::string_view meaning;  // sentences
  std::string_view advice;   // what to do; sentences
};

// All codes, ascending.
[[nodiscard]] std::span<const ErrorCodeEntry> error_code_table();

// What stands for a kind where nothing more is known.
[[nodiscard]] ErrorCode general_code_of(ErrorKind kind);

// The error's own, or the general one of its kind.
[[nodiscard]] std::uint16_t code_of(const Error& error);

// Of a problem on record in the ledger: its kind is name_of(ErrorKind), "altered", "repaired", "flags", "conflict", "doubt", "uidl" or
// "damaged".
[[nodiscard]] std::uint16_t code_of_problem(std::string_view kind);

[[nodiscard]] std::string code_text(std::uint16_t number);  // "GW-3201"

[[nodiscard]] inline Error make_error(ErrorCode code, std::string what, std::string server_text = {}, std::string where = {}) {
  return Error{code.kind, std::move(what), std::move(server_text), std::move(where), code.number};
}

// fail(codes::certificate_expired, "…")
[[nodiscard]] inline std::unexpected<Error> fail(ErrorCode code, std::string what, std::string server_text = {}) {
  return std::unexpected(make_error(code, std::move(what), std::move(server_text)));
}

}  // namespace godwit
