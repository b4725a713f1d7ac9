// SPDX-License-Identifier: Apache-2.0
#include "limits/limited.h"

#include <gtest/gtest.h>

#include <typeinfo>

#include "limits/test_mail_lab.h"

namespace godwit::limits {
namespace {

using endpoint::Folder;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::nanoseconds;
using std::chrono::seconds;
using test::MailLab;
using test::with_rate;

const std::string date = "01-Jan-2024 10:00:00 +0000";
const MessageFlags no_flags;  // they outlive what is started with them
const Error too_many{ErrorKind::unavailable, "later", "[LIMIT] Too many connections", {}};
const Error throttled{ErrorKind::unavailable, "later", "throttled", {}, 0, minutes(5)};

TEST(Limited, TellsWhoItIsAsTheInnerOne) {
  MailLab lab;
  EXPECT_EQ(lab.source()->identity(), adapters::make_memory_source(lab.mailbox)->identity());
  EXPECT_EQ(lab.target()->identity(), adapters::make_memory_target(lab.mailbox)->identity());
  EXPECT_EQ(lab.target()->host(), "memory://memory");
}

TEST(Limited, ASessionHoldsAConnectionUntilItIsClosedOrGoes) {
  MailLab lab;
  const auto open = [&] { return lab.limits->state().connections_open; };
  auto first = lab.session();
  auto second = lab.target_session();
  EXPECT_EQ(open(), 2U);
  first->close();
  EXPECT_EQ(open(), 1U);
  first.reset();
  EXPECT_EQ(open(), 1U);
  second.reset();
  EXPECT_EQ(open(), 0U);
}

TEST(Limited, ConnectWaitsForAConnectionAndAStopEndsTheWait) {
  HostSettings settings;
  settings.connections = 1;
  MailLab lab(settings);
  auto held = lab.session();
  const auto source = lab.source("two");
  auto waits = lab.start(source->connect());
  lab.settle();
  EXPECT_FALSE(waits.is_over());
  held->close();
  lab.settle();
  ASSERT_TRUE(waits.is_over());
  EXPECT_TRUE(waits.value());
  const auto third = lab.source("three");
  auto stopped = lab.start(third->connect());
  lab.stop = true;
  lab.settle();
  ASSERT_TRUE(stopped.is_over());
  EXPECT_EQ(stopped.value().error().kind, ErrorKind::canceled);
}

TEST(Limited, AListOfUniqueIdsHoldsAConnectionAndItsFaultSaysNothingOfTheServer) {
  HostSettings settings;
  settings.connections = 1;
  MailLab lab(settings);
  EXPECT_FALSE(lab.source()->has_unique_ids());
  lab.mailbox.named = {{"a", 100, ""}};
  const auto source = lab.source();
  EXPECT_TRUE(source->has_unique_ids());
  auto list = lab.now(source->list_unique_ids()).value();
  EXPECT_EQ(list->messages().size(), 1U);
  const auto other = lab.source("two");
  auto waits = lab.start(other->connect());
  lab.settle();
  EXPECT_FALSE(waits.is_over());
  list.reset();
  lab.settle();
  ASSERT_TRUE(waits.is_over());
  (*waits.value())->close();
  for (int i = 0; i < 20; ++i) {
    lab.mailbox.named_fault = Error{ErrorKind::network, "nobody is there", {}, {}};
    EXPECT_FALSE(lab.now(source->list_unique_ids()));
  }
  lab.session()->close();  // nobody has to wait
}

TEST(Limited, AFailureOfTheInnerOneIsPassedOnAndItsConnectionGivenBack) {
  MailLab lab;
  lab.failures = {{ErrorKind::auth, "the login was refused", "NO", "mail.example.com"}};
  const auto result = lab.now(lab.source()->connect());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error(), (Error{ErrorKind::auth, "the login was refused", "NO", "mail.example.com"}));
  EXPECT_EQ(lab.limits->state().connections_open, 0U);
}

TEST(Limited, ConnectComesBackWhenTheServerSaidWhen) {
  MailLab lab;
  lab.failures = {throttled, throttled};
  const auto source = lab.source();
  auto connects = lab.start(source->connect());
  lab.settle();
  EXPECT_EQ(lab.failures.size(), 1U);
  lab.advance(minutes(5) - nanoseconds(1));
  EXPECT_EQ(lab.failures.size(), 1U);
  lab.advance(nanoseconds(1));
  EXPECT_EQ(lab.failures.size(), 0U);
  EXPECT_FALSE(connects.is_over());
  lab.advance(minutes(5));
  ASSERT_TRUE(connects.is_over());
  EXPECT_TRUE(connects.value());
}

TEST(Limited, ConnectDoesNotComeBackForEver) {
  MailLab lab;
  lab.failures = {throttled, throttled, throttled, throttled};
  const auto source = lab.source();
  auto connects = lab.start(source->connect());
  for (int count = 0; count < 3; ++count) lab.advance(minutes(5));
  ASSERT_TRUE(connects.is_over());
  EXPECT_EQ(connects.value().error(), throttled);
  EXPECT_EQ(lab.failures.size(), 1U);
}

TEST(Limited, ConnectWaitsInLineWhereTheServerHasEnoughConnections) {
  MailLab lab;
  auto held = lab.session();
  lab.failures = {too_many};
  const auto source = lab.source("two");
  auto connects = lab.start(source->connect());
  lab.settle();
  EXPECT_TRUE(lab.failures.empty());
  EXPECT_FALSE(connects.is_over());
  held->close();
  lab.settle();
  EXPECT_TRUE(connects.is_over());
}

TEST(Limited, WithoutARateTheInnerViewItselfIsGiven) {
  MailLab plain, metered(with_rate(1'000'000));
  auto inner = plain.now(adapters::make_memory_source(plain.mailbox)->connect()).value();
  const auto inner_view = inner->open(plain.inbox);
  const auto plain_session = plain.session();
  const auto plain_view = plain_session->open(plain.inbox);
  const auto metered_session = metered.session();
  const auto metered_view = metered_session->open(metered.inbox);
  const endpoint::FolderView &a = *inner_view, &b = *plain_view, &c = *metered_view;
  EXPECT_EQ(typeid(a), typeid(b));
  EXPECT_NE(typeid(a), typeid(c));
}

TEST(Limited, MessagesReadAreCountedAndTheNextWaitsUntilTheyArePaidFor) {
  MailLab lab(with_rate(100));
  const auto session = lab.session();
  auto view = session->open(lab.inbox);
  UidSet all;
  for (Uid uid = 1; uid <= 3; ++uid) all.add(uid);
  auto reader = view->fetch(all);
  EXPECT_EQ(lab.now(reader->next()).value()->bytes.size(), 100U);  // the burst
  EXPECT_EQ(lab.now(reader->next()).value()->bytes.size(), 200U);
  auto third = lab.start(reader->next());
  lab.advance(seconds(2) - nanoseconds(1));
  EXPECT_FALSE(third.is_over());
  lab.advance(nanoseconds(1));
  ASSERT_TRUE(third.is_over());
  EXPECT_EQ(third.value().value()->bytes.size(), 300U);
  EXPECT_EQ(lab.limits->state().in, (Traffic{600, 3}));
  EXPECT_EQ(lab.limits->state().out, Traffic{});
  auto end = lab.start(reader->next());
  lab.settle();
  EXPECT_FALSE(end.is_over());
  lab.stop = true;
  lab.settle();
  ASSERT_TRUE(end.is_over());
  EXPECT_EQ(end.value().error().kind, ErrorKind::canceled);
}

TEST(Limited, ALargeMessageIsCountedByItsPiecesAndAStopLetsItEnd) {
  MailLab lab(with_rate(1000));
  lab.mailbox.streamed_above = 1000;
  lab.mailbox.folder("Large").add(std::string(200'000, 'y'));
  const auto session = lab.session();
  Folder large = lab.inbox;
  large.name = "Large";
  auto view = session->open(large);
  UidSet one;
  one.add(1);
  auto reader = view->fetch(one);
  EXPECT_TRUE(lab.now(reader->next()).value()->streamed);
  EXPECT_EQ(lab.limits->state().in, (Traffic{0, 1}));
  std::size_t got = lab.now(reader->read()).value().size();
  ASSERT_GT(got, 2000U);
  EXPECT_EQ(lab.limits->state().in, (Traffic{got, 1}));
  auto piece = lab.start(reader->read());
  lab.settle();
  EXPECT_FALSE(piece.is_over());
  lab.stop = true;
  lab.settle();
  ASSERT_TRUE(piece.is_over());
  for (got += piece.value().value().size(); got < 200'000;) got += lab.now(reader->read()).value().size();
  EXPECT_EQ(lab.limits->state().in, (Traffic{200'000, 1}));
}

TEST(Limited, APauseLetsAMessageEndThatIsHalfMoved) {
  MailLab lab(with_rate(1'000'000));
  lab.mailbox.streamed_above = 50;
  const auto session = lab.target_session();
  const auto reader = session->open(lab.inbox)->fetch([] {
    UidSet uids;
    uids.add(1);
    uids.add(2);
    return uids;
  }());
  ASSERT_TRUE(lab.now(reader->next()));
  const auto writer = lab.now(session->append_stream(lab.inbox, no_flags, date, 100)).value();
  lab.limits->pause();
  EXPECT_EQ(lab.now(reader->read()).value().size(), 100U);
  EXPECT_TRUE(lab.now(writer->write(std::string(100, 'x'))));
  EXPECT_TRUE(lab.now(writer->finish()));
  auto next = lab.start(reader->next());
  auto other = lab.start(session->append_stream(lab.inbox, no_flags, date, 1));
  lab.settle();
  EXPECT_FALSE(next.is_over());
  EXPECT_FALSE(other.is_over());
  lab.limits->resume();
  lab.settle();
  EXPECT_TRUE(next.is_over());
  EXPECT_TRUE(other.is_over());
}

TEST(Limited, MessagesWrittenAreCounted) {
  for (const bool is_metered : {false, true}) {
    MailLab lab(is_metered ? with_rate(1000) : HostSettings{});
    const auto session = lab.target_session();
    const std::string body(700, 'z');
    const std::vector<endpoint::NewMessage> batch(3, {{}, date, body});
    auto pending = lab.now(session->append(lab.inbox, batch)).value();
    EXPECT_EQ(lab.now(pending->get()).value().uids.size(), 3U);
    EXPECT_EQ(lab.limits->state().out, (Traffic{2100, 3}));
    auto again = lab.start(session->append(lab.inbox, batch));
    lab.advance(milliseconds(1099));
    EXPECT_EQ(again.is_over(), !is_metered);
    lab.advance(milliseconds(1));
    EXPECT_TRUE(again.is_over());
    auto stream = lab.start(session->append_stream(lab.inbox, no_flags, date, 1400));
    lab.advance(seconds(9));
    auto& writer = *stream.value().value();
    ASSERT_TRUE(lab.now(writer.write(body)));
    ASSERT_TRUE(lab.now(writer.write(body)));
    EXPECT_EQ(lab.now(lab.now(writer.finish()).value()->get()).value().uids.size(), 1U);
    EXPECT_EQ(lab.limits->state().out, (Traffic{2 * 2100 + 1400, 7}));
    EXPECT_EQ(lab.mailbox.folder("INBOX").messages.size(), 3U + 7U);
  }
}

TEST(Limited, AStopLetsABatchThatWasReadGoOut) {
  MailLab lab(with_rate(10));
  const auto session = lab.target_session();
  const std::string body(700, 'z');
  const std::vector<endpoint::NewMessage> batch(1, {{}, date, body});
  ASSERT_TRUE(lab.now(session->append(lab.inbox, batch)));
  auto again = lab.start(session->append(lab.inbox, batch));
  lab.settle();
  EXPECT_FALSE(again.is_over());
  lab.stop = true;
  lab.settle();
  ASSERT_TRUE(again.is_over());
  EXPECT_TRUE(again.value());
}

TEST(Limited, EverythingElseIsPassedThrough) {
  for (const bool is_metered : {false, true}) {
    MailLab lab(is_metered ? with_rate(1'000'000) : HostSettings{});
    const auto session = lab.target_session();
    EXPECT_EQ(session->traits().server, "memory");
    EXPECT_FALSE(session->wants_to_adapt());
    EXPECT_TRUE(lab.now(session->adapt()));
    EXPECT_TRUE(lab.now(session->flush()));
    EXPECT_EQ(session->waited(), nanoseconds(0));
    EXPECT_EQ(session->name_for({{"A", "B"}}), "A/B");
    EXPECT_EQ(lab.now(session->folders()).value().size(), 1U);
    const std::vector<endpoint::NewFolder> wanted{{{{"A"}}, endpoint::Role::none, false}, {{{"C"}}, endpoint::Role::none, false}};
    const auto made = lab.now(session->create_folders(wanted)).value();
    ASSERT_EQ(made.size(), 2U);
    EXPECT_TRUE(lab.now(session->subscribe(std::vector{*made[0]})->get()));
    EXPECT_TRUE(lab.mailbox.folder("A").subscribed);
    EXPECT_TRUE(lab.now(session->rename_folder(*made[0], {{"B"}})));
    EXPECT_TRUE(lab.mailbox.folders.contains("B"));
    EXPECT_TRUE(lab.now(session->remove_folder(*made[1])));
    EXPECT_FALSE(lab.mailbox.folders.contains("C"));
    const std::vector<endpoint::NewMessage> trial(1, {{}, date, "body"});
    const auto tried = lab.now(lab.now(session->try_out(wanted[0], trial)).value()->get()).value();
    EXPECT_EQ(tried, std::vector<std::string>{"body"});
    EXPECT_EQ(lab.limits->state().out, (Traffic{4, 1}));
    MessageFlags seen;
    seen.add("\\Seen");
    const std::vector<endpoint::TargetSession::FlagChange> changes{{1, seen, {}}};
    EXPECT_TRUE(lab.now(session->change_flags(lab.inbox, changes)->get()));
    EXPECT_EQ(lab.mailbox.folder("INBOX").messages.front().flags, seen);
    UidSet first;
    first.add(1);
    Folder other = lab.inbox;
    other.name = "B";
    EXPECT_EQ(lab.now(session->move(lab.inbox, first, other)).value().uids.size(), 1U);
    EXPECT_EQ(lab.mailbox.folder("B").messages.size(), 1U);
    EXPECT_TRUE(lab.now(session->remove(other, first)->get()));
    EXPECT_TRUE(lab.mailbox.folder("B").messages.empty());
    const auto view = session->open(lab.inbox);
    EXPECT_EQ(lab.now(view->state()).value().uid_next, 4U);
    EXPECT_EQ(lab.now(view->uids(3)->get()).value().size(), 1U);
    EXPECT_EQ(lab.now(view->list(lab.now(view->uids(1)->get()).value(), 0, {})->next()).value().size(), 2U);
  }
}

}  // namespace
}  // namespace godwit::limits
