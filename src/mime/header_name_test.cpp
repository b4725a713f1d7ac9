// SPDX-License-Identifier: Apache-2.0
#include "mime/header_name.h"

#include <gtest/gtest.h>

namespace godwit::mime {
namespace {

constexpr std::string_view plain = "Message-ID: <a@example.com>\r\nSubject: x\r\n\tgoes on\r\n\r\n";

TEST(HeaderName, IsTheSameHoweverTheHeaderIsShown) {
  const HeaderName name = name_of_header(plain);
  EXPECT_EQ(name_of_header("Message-ID: <a@example.com>\nSubject: x\n\tgoes on\n"), name) << "LF, and cut in front of the empty line";
  EXPECT_EQ(name_of_header("Message-ID: <a@example.com>\r\nSubject: x\r\n\tgoes on\r\n\r\nbody\r\n"), name);
  EXPECT_EQ(name_of_header("X-UID: 7\r\n 8\r\nMessage-ID: <a@example.com>\r\nStatus: RO\r\nSubject: x\r\n\tgoes on\r\nX-UIDL: q\r\n\r\n"), name);
}

TEST(HeaderName, IsAnotherWhereAFieldIsAnother) {
  const HeaderName name = name_of_header(plain);
  for (const std::string_view other : {"Message-ID: <a@example.com>\r\nSubject: x\r\n\tgoes  on\r\n\r\n",
                                       "Message-ID: <a@example.com>\r\nSubject: x\r\n\r\n\tgoes on\r\n",
                                       "Subject: x\r\n\tgoes on\r\nMessage-ID: <a@example.com>\r\n\r\n",
                                       "Message-ID: <a@example.com>\r\nSubject: x\r\n\tgoes on\r\nX-Other: 1\r\n\r\n"}) {
    EXPECT_NE(name_of_header(other).digest, name.digest) << other;
    EXPECT_EQ(name_of_header(other).message_id, name.message_id) << other;
  }
}

TEST(HeaderName, MessageIdIsItsValue) {
  const auto id = name_of_header(plain).message_id;
  ASSERT_TRUE(id);
  EXPECT_EQ(name_of_header("message-id:<a@example.com>  \n\n").message_id, id);
  EXPECT_EQ(name_of_header("Message-Id:\r\n <a@example.com>\r\n\r\n").message_id, id);
  EXPECT_EQ(name_of_header("Message-Id: <a@example.com>\r\nMessage-ID: <b@example.com>\r\n").message_id, id) << "the first one";
  EXPECT_NE(name_of_header("Message-ID: <b@example.com>\r\n").message_id, id);
  for (const std::string_view none : {"", "\r\n", "Message-ID:\r\n\r\n", "Subject: Message-ID: <a@example.com>\r\n", "\r\nMessage-ID: <a@example.com>\r\n"}) {
    EXPECT_FALSE(name_of_header(none).message_id) << none;
  }
}

}  // namespace
}  // namespace godwit::mime
