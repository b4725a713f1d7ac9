// SPDX-License-Identifier: Apache-2.0
#include "adapters/imap/software.h"

#include <gtest/gtest.h>

namespace godwit::adapters {
namespace {

TEST(Software, FromTheGreeting) {
  struct Row {
    const char *greeting, *name, *version;
  };
  for (const Row& row : {Row{"Dovecot (Debian) ready.", "Dovecot", ""},
                         {"mail.example.com Cyrus IMAP v2.4.17-Fedora-RPM server ready", "Cyrus IMAP", "2.4.17-Fedora-RPM"},
                         {"Cyrus IMAP4 V3.0, ready", "Cyrus IMAP", "3.0"},
                         {"Domino IMAP4 Server Release 8.5.3FP6 ready Mon, 1 Jan 2024 10:00:00 +0100", "Domino", "8.5.3FP6"},
                         {"The Microsoft Exchange IMAP4 service is ready. [RABC=]", "Microsoft Exchange", ""},
                         {"Gimap ready for requests from 192.0.2.1", "Gmail", ""},
                         {"mail.example.com Kerio Connect 9.2.3 IMAP4rev1 server ready", "Kerio Connect", "9.2.3"},
                         {"ready", "", ""},
                         {"", "", ""},
                         {"2 v v9", "", ""},
                         {"dovecot", "Dovecot", ""},
                         {"dovecot ", "Dovecot", ""}}) {
    const Software guess = guess_software(row.greeting, {});
    EXPECT_EQ(guess.name, row.name) << row.greeting;
    EXPECT_EQ(guess.version, row.version) << row.greeting;
  }
}

TEST(Software, FromCapabilitiesWhereTheGreetingSaysNothing) {
  imap::Capabilities gmail;
  gmail.add("X-GM-EXT-1");
  EXPECT_EQ(guess_software("IMAP4rev1 Hello", gmail).name, "Gmail");
  EXPECT_EQ(guess_software("Dovecot ready", gmail).name, "Dovecot");
}

}  // namespace
}  // namespace godwit::adapters
