// SPDX-License-Identifier: Apache-2.0
#include "pst/answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace godwit::pst {
namespace {

std::vector<Answer> all_answers() {
  return {FolderFound{8578, 290, FolderRole::inbox, ItemKind::mail, 12, "Boîte de réception"},
          Attempt{2097252, 8578},
          ItemFound{2097252, 8578, ItemKind::mail, 1, -5, {"Project_X", "b"}, "Grüße", "", 4711, 133'800'000, {"a.txt", ""}},
          ItemFound{2097284, 8578, ItemKind::damaged, 0, 0, {}, "", "its properties cannot be read"},
          ListEnds{2},
          MessageBegins{2097252, 5, 1316462230},
          Piece{std::string("a\0\r\n\xFF", 5)},
          Refusal{2097284, "its attachment a.pdf cannot be read"}};
}

std::string bytes_of(const std::vector<Answer>& answers) {
  std::string bytes;
  for (const Answer& answer : answers) bytes += encode(answer);
  return bytes;
}

// All answers that come of the bytes in these pieces; nothing: one was refused.
std::optional<std::vector<Answer>> read_in_pieces(std::string_view bytes, const std::function<std::size_t()>& length) {
  AnswerReader reader;
  std::vector<Answer> answers;
  while (true) {
    auto next = reader.next();
    if (!next) return std::nullopt;
    if (*next) {
      answers.push_back(**std::move(next));
    } else if (bytes.empty()) {
      return answers;
    } else {
      const std::size_t some = std::min(bytes.size(), length());
      reader.add(bytes.substr(0, some));
      bytes.remove_prefix(some);
    }
  }
}

TEST(PstAnswers, ComeBackWholeByteByByteAndCutAnywhere) {
  const auto answers = all_answers();
  const std::string bytes = bytes_of(answers);
  EXPECT_EQ(read_in_pieces(bytes, [&] { return bytes.size(); }), answers);
  EXPECT_EQ(read_in_pieces(bytes, [] { return 1; }), answers);
  std::mt19937 random(1);
  for (int i = 0; i < 200; ++i) EXPECT_EQ(read_in_pieces(bytes, [&] { return 1 + random() % 40; }), answers);
}

TEST(PstAnswers, WaitForWhatIsCutOff) {
  for (const Answer& answer : all_answers()) {
    const std::string bytes = encode(answer);
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      EXPECT_EQ(read_in_pieces(std::string_view(bytes).substr(0, length), [] { return 7; }), std::vector<Answer>{}) << length;
    }
  }
}

TEST(PstAnswers, AreNothingButExactlyTheirForms) {
  const std::string folder = encode(Answer(FolderFound{1, 2, FolderRole::junk, ItemKind::damaged, 3, "a"}));
  const auto with = [](std::string bytes, std::size_t at, char byte) {
    bytes[at] = byte;
    return bytes;
  };
  constexpr std::size_t payload = 5;
  const std::vector<std::string> wrong{
      std::string("\0\0\0\0Q", 5),                  // no such letter
      std::string("\0\0\0\0B", 5),                  // an empty piece
      std::string("\xFF\xFF\xFF\xFF" "B", 5),       // longer than anything
      with(folder, payload + 16, 7),                // no such role
      with(folder, payload + 17, 8),                // no such kind
      with(folder, payload + 26, 2),                // a text that is longer than the payload
      with(folder, payload + 29, 1),
      with(folder, folder.size() - 1, '\xFF'),      // no UTF-8
      with(folder, 0, static_cast<char>(folder[0] - 1)),
      with(encode(Answer(ListEnds{1})) + "x", 0, 9),  // a byte too many
  };
  for (const std::string& bytes : wrong)
    EXPECT_EQ(read_in_pieces(bytes, [] { return 1000; }), std::nullopt) << testing::PrintToString(bytes);
}

TEST(PstAnswers, SurviveAnyBytes) {
  std::mt19937 random(2);
  const std::string bytes = bytes_of(all_answers());
  for (int i = 0; i < 3000; ++i) {
    std::string damaged = bytes;
    for (int k = 0; k < 3; ++k) damaged[random() % damaged.size()] = static_cast<char>(random());
    const auto answers = read_in_pieces(damaged, [&] { return 1 + random() % 100; });
    if (answers) EXPECT_LE(answers->size(), 40U);
  }
}

TEST(PstAnswers, CutTextsThatAreTooLongAndReplaceWhatIsNoText) {
  ItemFound item;
  item.subject = std::string(longest_text - 1, 'a') + "ü";
  item.reason = "a\xFF" "b";
  const auto answers = read_in_pieces(encode(Answer(item)), [] { return 4096; });
  ASSERT_TRUE(answers && answers->size() == 1);
  const auto& back = std::get<ItemFound>(answers->front());
  EXPECT_EQ(back.subject, std::string(longest_text - 1, 'a'));
  EXPECT_EQ(back.reason, "a?b");
}

TEST(PstAnswers, RequestsAreNineBytes) {
  const Request request{RequestKind::read, 0x0102030405060708};
  const std::string bytes = encode(request);
  EXPECT_EQ(bytes, std::string("R\x08\x07\x06\x05\x04\x03\x02\x01", 9));
  EXPECT_EQ(decode_request(bytes), request);
  EXPECT_EQ(decode_request(bytes.substr(1)), std::nullopt);
  EXPECT_EQ(decode_request("Q12345678"), std::nullopt);
}

}  // namespace
}  // namespace godwit::pst
