// SPDX-License-Identifier: Apache-2.0
// Gmail's labels as places: which folders are shown, and in which of them a message with these labels is. Pure.
//
// A message exists once, in one of the server's spaces: all mail, junk, trash (and chats). Its labels are folders over IMAP, too, each
// of which shows the same message under another UID (developers.google.com/workspace/gmail/imap/imap-extensions).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "endpoint/label_rules.h"
#include "endpoint/types.h"

namespace godwit::adapters {

// The label as a keyword that every server takes (RFC 9051: an atom): blanks become "_", letters beyond ASCII their modified UTF-7.
// What more has to be altered, or is longer than 40 characters, gets the beginning of its SHA-256 behind it, so that different labels
// stay different. Empty: it is none ("\Starred" is the flag \Flagged already).
[[nodiscard]] std::string keyword_of_label(std::string_view label, const endpoint::LabelRules& rules);

class LabelPlaces {
 public:
  struct Place {
    endpoint::Folder folder;  // as it is shown: its path without the server's own container, its role
    std::size_t space = 0;    // where its messages are
  };
  struct Placed {
    std::vector<std::size_t> places;    // indices of places(), ascending
    std::vector<std::string> keywords;
  };

  // Of the server's folders, in its order. Error: the folder of all mail is not among them, or cannot be read.
  [[nodiscard]] static Result<LabelPlaces> make(const std::vector<endpoint::Folder>& folders, endpoint::LabelRules rules);

  [[nodiscard]] const std::vector<Place>& places() const { return places_; }
  [[nodiscard]] const std::vector<endpoint::Folder>& spaces() const { return spaces_; }  // as the server has them
  // "\Inbox" and the like are labels, too.
  [[nodiscard]] Placed place(std::size_t space, const std::vector<std::string>& labels) const;

 private:
  explicit LabelPlaces(endpoint::LabelRules rules) : rules_(std::move(rules)) {}
  void add_space(const endpoint::Folder& folder, endpoint::Folder shown);
  void add_label(const endpoint::Folder& folder, const std::string& label);
  [[nodiscard]] std::string label_of(const std::string& label) const;
  void rank_places();

  endpoint::LabelRules rules_;
  std::vector<Place> places_;
  std::vector<endpoint::Folder> spaces_;
  std::vector<std::size_t> place_of_space_;
  std::map<std::string, std::size_t> by_label_;  // places that are labels, in lower case
  std::vector<std::size_t> ranks_;               // of each place: the lowest goes first
};

}  // namespace godwit::adapters
