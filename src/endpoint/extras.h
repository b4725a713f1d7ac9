// SPDX-License-Identifier: Apache-2.0
// What a folder has besides its messages: rights of others on it, annotations; and the limits of an account's quota. Optional: not
// every system has it (Session::extras()).
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/task.h"
#include "endpoint/server_facts.h"
#include "endpoint/types.h"

namespace godwit::endpoint {

// Somebody who may have rights.
struct Identity {
  enum class Kind : std::uint8_t {
    anyone,         // everybody, who has not logged in, too
    authenticated,  // everybody who has logged in
    anonymous,
    owner,          // of the folder, whoever that is
    group,
    user,
  };
  Kind kind = Kind::user;
  std::string name{};  // of groups and users
  // "bob@example.com", "group:sales", "anyone". A user whose name begins like one of the others is written with "user:" before it.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] static Identity parse(std::string_view text);
  friend auto operator<=>(const Identity&, const Identity&) = default;
};

enum class Right : std::uint8_t {
  see,            // the folder is listed
  read,
  keep_seen,      // what is read stays marked as read
  change_flags,
  insert,
  post,
  make_folders,   // below it
  remove_folder,
  mark_deleted,
  expunge,
  administer,     // give rights to others
  annotate,       // write annotations that others see
};
inline constexpr std::size_t right_count = 12;
[[nodiscard]] std::string_view name_of(Right right);  // "read", "mark messages as deleted"

class Rights {
 public:
  constexpr Rights() = default;
  constexpr Rights(std::initializer_list<Right> rights) {
    for (const Right right : rights) add(right);
  }
  [[nodiscard]] static constexpr Rights of_bits(std::uint16_t bits) {
    Rights rights;
    rights.bits_ = bits;
    return rights;
  }
  constexpr void add(Right right) { bits_ = static_cast<std::uint16_t>(bits_ | 1U << static_cast<unsigned>(right)); }
  [[nodiscard]] constexpr bool has(Right right) const { return (bits_ >> static_cast<unsigned>(right) & 1U) != 0; }
  [[nodiscard]] constexpr bool empty() const { return bits_ == 0; }
  [[nodiscard]] constexpr std::uint16_t bits() const { return bits_; }
  [[nodiscard]] std::string text() const;  // "see, read"; "none"
  friend constexpr Rights operator|(Rights left, Rights right) { return of_bits(static_cast<std::uint16_t>(left.bits_ | right.bits_)); }
  friend constexpr Rights operator&(Rights left, Rights right) { return of_bits(static_cast<std::uint16_t>(left.bits_ & right.bits_)); }
  // What `left` has and `right` has not.
  friend constexpr Rights operator-(Rights left, Rights right) { return of_bits(static_cast<std::uint16_t>(left.bits_ & ~right.bits_)); }
  friend constexpr bool operator==(Rights, Rights) = default;

 private:
  std::uint16_t bits_ = 0;
};
inline constexpr Rights all_rights = Rights::of_bits((1U << right_count) - 1);

// Whom something is given, or taken away from.
struct Grantee {
  Identity identity;
  bool is_denial = false;  // the rights are taken away, whatever gives them
  friend auto operator<=>(const Grantee&, const Grantee&) = default;
};
using Access = std::map<Grantee, Rights>;  // without rights of none

struct AccessTold {
  Access access;
  std::set<std::string> not_understood;  // rights of the server's own, as it writes them
};

struct Annotation {
  std::string name;   // "/shared/comment", in lower case
  std::string value;  // bytes
  friend bool operator==(const Annotation&, const Annotation&) = default;
};
struct AnnotationsTold {
  std::vector<Annotation> annotations;  // by name
  std::optional<std::uint64_t> longest_left_out;  // there is one of so many bytes, more than may be copied
};

// How a system counts rights.
struct AccessModel {
  Rights known;                         // that it can give
  std::set<Identity::Kind> identities{};  // that it can give them to
  std::vector<Rights> tied{};           // given and taken together, each
  bool has_denials = false;
  // What is given to somebody by name replaces what he has as one of everybody; else they add up.
  bool specific_replaces_general = false;
};

class Extras {
 public:
  virtual ~Extras() = default;
  [[nodiscard]] virtual bool tells_access() const = 0;
  [[nodiscard]] virtual bool tells_annotations() const = 0;
  [[nodiscard]] virtual bool tells_quota() const = 0;
  [[nodiscard]] virtual Task<Result<AccessModel>> access_model() = 0;
  // The account that is logged in, as rights name it.
  [[nodiscard]] virtual Identity own_identity() const = 0;

  // One for each folder, in order. Error: the session is over; what a server refuses to tell is an error in its place.
  [[nodiscard]] virtual Task<Result<std::vector<Result<AccessTold>>>> access(std::span<const Folder> folders) = 0;
  // Of each grantee all rights, as they are to be; none takes the entry away.
  struct AccessChange {
    Folder folder;
    Grantee grantee;
    Rights rights;
  };
  // One for each change, in order: done, or why it was refused.
  [[nodiscard]] virtual Task<Result<std::vector<Result<>>>> change_access(std::span<const AccessChange> changes) = 0;

  // Values of more than `largest` bytes are left out.
  [[nodiscard]] virtual Task<Result<std::vector<Result<AnnotationsTold>>>> annotations(std::span<const Folder> folders,
                                                                                       std::uint64_t largest) = 0;
  struct AnnotationChange {
    Folder folder;
    std::string name;
    std::optional<std::string> value;  // nothing: it goes
  };
  [[nodiscard]] virtual Task<Result<std::vector<Result<>>>> change_annotations(std::span<const AnnotationChange> changes) = 0;

  // Those that count the INBOX.
  [[nodiscard]] virtual Task<Result<std::vector<Quota>>> quotas() = 0;
  // Its limits alone matter. Error `refused`: only an administrator may.
  [[nodiscard]] virtual Task<Result<>> set_quota(const Quota& quota) = 0;
};

}  // namespace godwit::endpoint
