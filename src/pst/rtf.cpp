// SPDX-License-Identifier: Apache-2.0
#include "pst/rtf.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>
#include <vector>

#include "base/text.h"
#include "pst/code_page.h"

namespace godwit::pst {
namespace {

constexpr std::size_t deepest_group = 512;

// \fcharset of [MS-OXRTFEX] and RTF 1.9.1 as a code page; 0: that of the document.
std::uint32_t code_page_of_charset(int charset) {
  switch (charset) {
    case 128: return 932;
    case 129: return 949;
    case 134: return 936;
    case 136: return 950;
    case 161: return 1253;
    case 162: return 1254;
    case 163: return 1258;
    case 177: return 1255;
    case 178: return 1256;
    case 186: return 1257;
    case 204: return 1251;
    case 222: return 874;
    case 238: return 1250;
    default: return 0;
  }
}

class Unwrapper {
 public:
  Unwrapper(std::string_view rtf, bool is_html) : rest_(rtf), is_html_(is_html), most_(rtf.size() * 8 + 1024) {}

  std::optional<std::string> run() {
    groups_.emplace_back();
    while (!rest_.empty() && text_.size() <= most_) {
      const char c = take();
      if (c == '{') {
        if (groups_.size() > deepest_group) return std::nullopt;
        flush();
        groups_.push_back(groups_.back());
      } else if (c == '}') {
        flush();
        if (groups_.size() == 1) break;
        groups_.pop_back();
      } else if (c == '\\') {
        control();
      } else if (c != '\r' && c != '\n') {
        literal(c);
      }
    }
    flush();
    if (text_.size() > most_) return std::nullopt;
    return std::move(text_);
  }

 private:
  struct Group {
    bool is_skipped = false, is_fonts = false, is_tag = false, is_hidden = false;  // the last: between \htmlrtf and \htmlrtf0
    int font = 0;
    int fallback = 1;  // \uc
  };

  char take() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }
  Group& group() { return groups_.back(); }
  [[nodiscard]] bool is_shown() const {
    const Group& group = groups_.back();
    return !group.is_skipped && !group.is_fonts && (group.is_tag || !group.is_hidden);
  }

  // Bytes of the document's code page are gathered: a character may have several.
  void literal(char byte) {
    if (fallback_left_ > 0) {
      --fallback_left_;
    } else if (is_shown()) {
      bytes_ += byte;
    }
  }
  void flush() {
    if (!bytes_.empty()) text_ += to_utf8(bytes_, charset());
    bytes_.clear();
  }
  [[nodiscard]] std::string charset() const {
    const auto font = fonts_.find(groups_.back().font);
    return charset_of(font != fonts_.end() && font->second != 0 ? font->second : code_page_);
  }
  void character(char32_t c) {
    flush();
    if (is_shown()) append_utf8(text_, c);
  }

  void control() {
    if (rest_.empty()) return;
    const char c = take();
    if (c == '\'') return hexadecimal();
    if (c == '*') {
      is_ignorable_ = true;
      return;
    }
    if ((c < 'a' || c > 'z') && (c < 'A' || c > 'Z')) return symbol(c);
    std::string word(1, c);
    while (!rest_.empty() && ((rest_.front() >= 'a' && rest_.front() <= 'z') || (rest_.front() >= 'A' && rest_.front() <= 'Z')))
      word += take();
    int number = 0;
    bool has_number = false;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), number);
    if (error == std::errc{}) {
      has_number = true;
      rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    }
    if (!rest_.empty() && rest_.front() == ' ') take();
    act(word, has_number ? std::optional(number) : std::nullopt);
  }

  void hexadecimal() {
    const auto byte = from_hex(rest_.substr(0, 2));
    if (rest_.size() < 2 || !byte || byte->size() != 1) return;
    rest_.remove_prefix(2);
    literal(byte->front());
  }

  void symbol(char c) {
    if (c == '~') return character(0xA0);
    if (c == '_') return character(0x2011);
    if (c == '\\' || c == '{' || c == '}') literal(c);
  }

  void act(const std::string& word, std::optional<int> number) {
    if (std::exchange(is_ignorable_, false)) {
      if (word == "htmltag" && is_html_) {
        group().is_tag = true;
      } else {
        group().is_skipped = true;
      }
      return;
    }
    if (is_destination(word)) {
      group().is_skipped = true;
    } else if (word == "fonttbl") {
      group().is_fonts = true;
    } else if (word == "ansicpg" && number) {
      code_page_ = static_cast<std::uint32_t>(*number);
    } else if (word == "f" && number) {
      flush();
      group().font = *number;
    } else if (word == "fcharset" && group().is_fonts) {
      fonts_[group().font] = code_page_of_charset(number.value_or(0));
    } else if (word == "htmlrtf") {
      flush();
      group().is_hidden = is_html_ && number.value_or(1) != 0;
    } else if (word == "uc") {
      group().fallback = std::clamp(number.value_or(1), 0, 16);
    } else if (word == "u" && number) {
      unicode(*number);
    } else {
      special(word);
    }
  }

  static bool is_destination(std::string_view word) {
    return word == "colortbl" || word == "stylesheet" || word == "info" || word == "pict" || word == "object" || word == "header" ||
           word == "footer";
  }

  void unicode(int number) {
    const auto unit = static_cast<char32_t>(static_cast<std::uint16_t>(number));
    if (unit >= 0xD800 && unit < 0xDC00) {
      high_ = unit;
    } else if (unit >= 0xDC00 && unit < 0xE000) {
      character(high_ != 0 ? 0x10000 + ((high_ - 0xD800) << 10U) + (unit - 0xDC00) : 0xFFFD);
      high_ = 0;
    } else {
      character(unit == 0 ? 0xFFFD : unit);
    }
    fallback_left_ = group().fallback;
  }

  void special(const std::string& word) {
    if (word == "par" || word == "line") {
      flush();
      if (is_shown()) text_ += "\r\n";
      return;
    }
    static const std::map<std::string, char32_t, std::less<>> characters{
        {"tab", U'\t'},        {"lquote", U'\u2018'}, {"rquote", U'\u2019'}, {"ldblquote", U'\u201C'}, {"rdblquote", U'\u201D'},
        {"bullet", U'\u2022'}, {"endash", U'\u2013'}, {"emdash", U'\u2014'}};
    const auto found = characters.find(word);
    if (found != characters.end()) character(found->second);
  }

  std::string_view rest_;
  const bool is_html_;
  const std::size_t most_;
  std::string text_, bytes_;
  std::vector<Group> groups_;
  std::map<int, std::uint32_t> fonts_;
  std::uint32_t code_page_ = 1252;
  bool is_ignorable_ = false;  // "\*" was just read
  int fallback_left_ = 0;      // what stands for the last \u in programs that do not know it
  char32_t high_ = 0;
};

}  // namespace

std::optional<Unwrapped> unwrap_rtf(std::string_view rtf) {
  const std::string_view start = rtf.substr(0, 1024);
  const bool is_html = start.find("\\fromhtml1") != std::string_view::npos;
  if (!rtf.starts_with("{\\rtf1") || (!is_html && start.find("\\fromtext") == std::string_view::npos)) return std::nullopt;
  auto text = Unwrapper(rtf, is_html).run();
  if (!text) return std::nullopt;
  return Unwrapped{is_html, *std::move(text)};
}

std::optional<std::string> text_of_rtf(std::string_view rtf) {
  if (!rtf.starts_with("{\\rtf1")) return std::nullopt;
  return Unwrapper(rtf, false).run();
}

}  // namespace godwit::pst
