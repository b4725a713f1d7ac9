// SPDX-License-Identifier: Apache-2.0
// 8-bit bytes in header fields, of the message and of its parts. Which form they may take depends on where they stand (RFC
// 2047 §5).
#include <algorithm>
#include <array>
#include <set>
#include <span>
#include <utility>

#include "base/text.h"
#include "mime/repair_passes.h"
#include "mime/repair_words.h"

namespace godwit::mime {
namespace {

constexpr std::size_t npos = std::string_view::npos;
constexpr std::size_t line_width = 76;  // RFC 2047 §2, for lines with encoded-words
const RepairRules rules{RepairRule::header_8bit};

bool is_space(char c) { return is_blank(c) || c == '\r' || c == '\n'; }

bool is_one_of(std::string_view name, std::span<const std::string_view> names) {
  return std::ranges::any_of(names, [&](std::string_view other) { return equals_ignoring_case(name, other); });
}

enum class Form {
  text,        // free text: encoded-words anywhere
  phrases,     // addresses and the like: encoded-words for names and in comments
  parameters,  // RFC 2231
  other,       // encoded-words in comments only
};

Form form_of(std::string_view name) {
  constexpr std::array<std::string_view, 16> phrases{
      "From", "Sender", "Reply-To", "To", "Cc", "Bcc", "Keywords", "List-Id", "Mail-Followup-To", "Mail-Reply-To",
      "Errors-To", "Return-Receipt-To", "Disposition-Notification-To", "Apparently-To", "Mail-Copies-To",
      "Delivered-To"};
  constexpr std::array<std::string_view, 2> parameters{"Content-Type", "Content-Disposition"};
  constexpr std::array<std::string_view, 16> others{
      "Date", "Message-ID", "In-Reply-To", "References", "Received", "Return-Path", "MIME-Version",
      "Content-Transfer-Encoding", "Content-ID", "Content-Location", "Content-Language", "DKIM-Signature",
      "Authentication-Results", "Received-SPF", "Auto-Submitted", "Delivery-Date"};
  if (is_one_of(name, phrases)) return Form::phrases;
  if (is_one_of(name, parameters)) return Form::parameters;
  if (is_one_of(name, others) || starts_with_ignoring_case(name, "ARC-")) return Form::other;
  if (starts_with_ignoring_case(name, "Resent-")) return form_of(name.substr(7));
  return starts_with_ignoring_case(name, "List-") ? Form::other : Form::text;
}

struct Word {
  Range place;
  std::string content;  // without quotes and escapes
  [[nodiscard]] bool is_raw() const { return has_8bit(content); }
  [[nodiscard]] bool is_encoded() const { return is_encoded_word(content) && (!is_raw() || is_mendable()); }
  // "=?utf-8?Q?ä?=": only the form is wrong.
  [[nodiscard]] bool is_mendable() const {
    const std::size_t mark = content.find('?', 2);
    return ascii_lower(content[mark + 1]) == 'q' && content[mark + 2] == '?' && !has_8bit(content.substr(0, mark));
  }
};

class FieldEncoder {
 public:
  FieldEncoder(std::string_view text, std::string_view newline, const Field& field, std::string_view stated_charset,
               Edits& edits)
      : text_(text.substr(0, text.find_last_not_of("\r\n", field.end - 1) + 1)),
        newline_(newline),
        fold_(std::string(newline) + ' '),
        field_(field),
        charset_(guess_charset(field.value().of(text), stated_charset)),
        edits_(edits) {}

  void encode() {
    place_ = field_.colon + 1;
    switch (form_of(field_.name(text_))) {
      case Form::text: encode_text(); break;
      case Form::phrases: encode_structured(true); break;
      case Form::parameters: encode_parameters(); break;
      case Form::other: encode_structured(false); break;
    }
  }

 private:
  [[nodiscard]] bool at_end() const { return place_ >= text_.size(); }
  [[nodiscard]] char peek() const { return text_[place_]; }
  // One character; a backslash and what it escapes is one, too. The second byte of a Shift_JIS character may well be a
  // backslash.
  void step(std::string* content = nullptr) {
    const char next = place_ + 1 < text_.size() ? text_[place_ + 1] : '\n';
    if (peek() == '\\' && next != '\r' && next != '\n') ++place_;
    const std::size_t size = charset_.character_size(text_.substr(place_));
    if (content != nullptr && peek() != '\r' && peek() != '\n') content->append(text_, place_, size);
    place_ += size;
  }

  // Free text has no escapes and no quotes: words are what stands between white space.
  void encode_text() {
    std::vector<Word> words;
    while (!at_end()) {
      const std::size_t begin = place_;
      while (!at_end() && !is_space(peek())) ++place_;
      if (place_ > begin) words.push_back({{begin, place_}, std::string(text_.substr(begin, place_ - begin))});
      else ++place_;
    }
    encode_words_of(words);
  }

  void encode_structured(bool has_phrases) {
    std::vector<Word> phrase;
    const auto end_phrase = [&] { encode_words_of(std::exchange(phrase, {})); };
    while (!at_end()) {
      if (is_space(peek())) {
        ++place_;
      } else if (peek() == '(') {
        end_phrase();
        encode_comment();
      } else if (peek() == '<' || peek() == '[') {
        end_phrase();
        munge_up_to(peek() == '<' ? '>' : ']');
      } else if (std::string_view(",;:").contains(peek())) {
        end_phrase();
        ++place_;
      } else {
        const bool is_quoted = peek() == '"';
        Word word = is_quoted ? quoted_word() : plain_word();
        const bool is_local_part = !at_end() && (peek() == '@' || peek() == '.');
        const bool is_address = is_quoted ? is_local_part : word.content.contains('@');
        if (has_phrases && !is_address) {
          phrase.push_back(std::move(word));
        } else {
          end_phrase();
          munge(word.place);
        }
      }
    }
    end_phrase();
  }
  Word quoted_word() {
    Word word{{place_, 0}, {}};
    ++place_;
    while (!at_end() && peek() != '"') step(&word.content);
    if (!at_end()) ++place_;
    word.place.end = place_;
    if (!has_8bit(word.content)) word.content = "\"\"";  // stays as it is, whatever it looks like
    return word;
  }
  Word plain_word() {
    Word word{{place_, 0}, {}};
    step(&word.content);
    while (!at_end() && !is_space(peek()) && !std::string_view("()<>[]\",;:").contains(peek())) step(&word.content);
    word.place.end = place_;
    return word;
  }
  void encode_comment() {
    std::vector<Word> words;
    int depth = 0;
    while (!at_end()) {
      if (peek() == '(' || peek() == ')') {
        encode_words_of(std::exchange(words, {}));
        depth += peek() == '(' ? 1 : -1;
        ++place_;
        if (depth == 0) return;
      } else if (is_space(peek())) {
        ++place_;
      } else {
        Word word{{place_, 0}, {}};
        while (!at_end() && !is_space(peek()) && peek() != '(' && peek() != ')') step(&word.content);
        word.place.end = place_;
        words.push_back(std::move(word));
      }
    }
    encode_words_of(words);
  }
  void munge_up_to(char closing) {
    const std::size_t begin = place_;
    while (!at_end() && peek() != closing) step();
    munge({begin, place_});
    if (!at_end()) ++place_;
  }

  // The boundary stays: the lines that it divides would have to change with it.
  void encode_parameters() {
    const ParameterizedValue value = parse_parameters(text_, {field_.colon + 1, text_.size()});
    std::set<std::string_view> names;
    for (const Parameter& parameter : value.parameters) names.insert(parameter.name);
    std::size_t behind = field_.colon + 1;
    for (const Parameter& parameter : value.parameters) {
      munge({behind, parameter.place.begin});
      behind = parameter.place.end;
      const std::string_view stands = parameter.place.of(text_);
      if (!has_8bit(stands) || parameter.name == "boundary") continue;
      const bool is_extended = parameter.name.contains('*') || names.contains(parameter.name + '*') ||
                               names.contains(parameter.name + "*0") || names.contains(parameter.name + "*0*");
      if (is_extended || has_8bit(parameter.name)) {
        munge(parameter.place);
        continue;
      }
      const std::string_view name = stands.substr(0, parameter.name.size());
      edits_.push_back(
          {parameter.place.begin, std::string(stands), encode_parameter(name, parameter.value, charset_, fold_), rules});
    }
    munge({behind, text_.size()});
  }

  void munge(Range range) {
    for (std::size_t begin = range.begin; begin < range.end;) {
      std::size_t end = begin;
      while (end < range.end && is_8bit(text_[end])) ++end;
      if (end > begin) {
        edits_.push_back({begin, std::string(text_.substr(begin, end - begin)), std::string(end - begin, 'X'), rules});
      }
      begin = end + 1;
    }
  }

  // Raw words that follow each other become one, white space between them included: none is shown between two encoded-words.
  void encode_words_of(const std::vector<Word>& words) {
    for (std::size_t first = 0; first < words.size();) {
      if (words[first].is_encoded() && words[first].is_raw()) {
        mend(words[first].place);
      } else if (words[first].is_raw()) {
        std::size_t last = first;
        while (last + 1 < words.size() && words[last + 1].is_raw() && !words[last + 1].is_encoded()) ++last;
        encode_run(words, first, last);
        first = last;
      }
      ++first;
    }
  }
  void mend(Range place) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    for (std::size_t i = place.begin; i < place.end; ++i) {
      if (!is_8bit(text_[i])) continue;
      const auto byte = static_cast<unsigned char>(text_[i]);
      edits_.push_back({i, std::string(1, text_[i]), {'=', digits[byte >> 4], digits[byte & 15U]}, rules});
    }
  }

  [[nodiscard]] std::string space_between(const Word& left, const Word& right) const {
    std::string space(text_.substr(left.place.end, right.place.begin - left.place.end));
    std::erase_if(space, [](char c) { return c == '\r' || c == '\n'; });
    return space;
  }

  void encode_run(const std::vector<Word>& words, std::size_t first, std::size_t last) {
    std::string content;
    if (first > 0 && words[first - 1].is_encoded()) content = space_between(words[first - 1], words[first]);
    for (std::size_t i = first; i <= last; ++i) {
      content += words[i].content;
      const bool is_inner = i < last || (i + 1 < words.size() && words[i + 1].is_encoded());
      if (is_inner) content += space_between(words[i], words[i + 1]);
    }
    replace({words[first].place.begin, words[last].place.end}, content);
  }

  // Puts encoded-words in place of a run, folded so that lines stay short where there is white space to fold at.
  void replace(Range run, std::string_view content) {
    constexpr std::size_t smallest_room = 32;
    std::size_t column = column_of(run.begin);
    std::string inserted;
    const bool is_first = text_.substr(field_.colon + 1, run.begin - field_.colon - 1).find_first_not_of(" \t\r\n") == npos;
    if (column + smallest_room > line_width && !is_first && is_blank(text_[run.begin - 1]) && is_free(run.begin - 1)) {
      edits_.push_back({run.begin - 1, "", newline_, rules});
      column = 1;
    }
    const std::size_t room = column + smallest_room > line_width ? smallest_room : line_width - column;
    if (is_word_end(run.begin)) inserted += ' ';
    inserted += encode_words(content, charset_, room, fold_);
    const std::size_t fold = inserted.rfind(newline_);
    column = fold == npos ? column + inserted.size() : inserted.size() - fold - newline_.size();
    if (run.end < text_.size() && std::string_view("<\"").contains(text_[run.end])) inserted += ' ';
    edits_.push_back({run.begin, std::string(run.of(text_)), std::move(inserted), rules});
    // What follows on the line goes to the next one where it is too long.
    std::string_view rest = text_.substr(run.end, line_width);
    rest = rest.substr(0, rest.find_first_of("\r\n"));
    if (column + rest.size() > line_width && rest.size() > 1 && is_blank(rest.front()) &&
        rest.find_first_not_of(" \t") != npos) {
      edits_.push_back({run.end, "", newline_, rules});
      column = 0;
    }
    behind_ = run.end;
    column_ = column;
  }
  // RFC 2047 §5: in a phrase an encoded-word is set apart from what stands before it.
  [[nodiscard]] bool is_word_end(std::size_t place) const { return text_[place - 1] == '"' || text_[place - 1] == '>'; }
  [[nodiscard]] bool is_free(std::size_t place) const { return edits_.empty() || edits_.back().offset < place; }

  [[nodiscard]] std::size_t column_of(std::size_t place) const {
    const std::size_t known = std::max(behind_, field_.begin);
    const std::size_t newline = text_.substr(known, place - known).find_last_of("\r\n");
    return newline == npos ? column_ + place - known : place - known - newline - 1;
  }

  std::string_view text_;  // up to the newline at the end of the field
  std::string newline_;
  std::string fold_;
  const Field& field_;
  Charset charset_;
  Edits& edits_;
  std::size_t place_ = 0;
  std::size_t behind_ = 0;  // the last run
  std::size_t column_ = 0;  // where it ended, after the edit
};

}  // namespace

Edits repair_header_8bit(std::string_view text) {
  if (!has_8bit(text)) return {};
  const Layout layout = find_layout(text);
  const auto with_charset = std::ranges::find_if(layout.parts, [](const Part& part) { return !part.charset.empty(); });
  const std::string_view charset = with_charset == layout.parts.end() ? std::string_view() : with_charset->charset;
  Edits edits;
  for (const Part& part : layout.parts) {
    for (const Field& field : part.fields) {
      if (!field.is_field() || !has_8bit(field.value().of(text))) continue;
      FieldEncoder(text, layout.newline, field, charset, edits).encode();
    }
  }
  return edits;
}

}  // namespace godwit::mime
