// SPDX-License-Identifier: Apache-2.0
#include "api/socket_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "tests/support/round_lab.h"

namespace godwit::api {
namespace {

using std::filesystem::path;
using test::TemporaryFolder;
using testing::HasSubstr;

// As a killed process leaves it.
void leave_stale(const path& file) {
  Result<ListeningSocket> socket = ListeningSocket::open(file);
  ASSERT_TRUE(socket) << describe(socket.error());
  ::close(socket->release());
  std::filesystem::rename(file, path(file) += ".kept");
  socket->remove_file();
  std::filesystem::rename(path(file) += ".kept", file);
}

TEST(SocketFile, IsForTheOwnerAlone) {
  const TemporaryFolder folder;
  const path file = folder.path() / "socket";
  const mode_t before = ::umask(0);
  const Result<ListeningSocket> socket = ListeningSocket::open(file);
  ::umask(before);
  ASSERT_TRUE(socket) << describe(socket.error());
  struct stat found{};
  ASSERT_EQ(::lstat(file.c_str(), &found), 0);
  EXPECT_TRUE(S_ISSOCK(found.st_mode));
  EXPECT_EQ(found.st_mode & 07777, 0600U);
}

TEST(SocketFile, SaysWhoIsAtTheOtherEnd) {
  const TemporaryFolder folder;
  Result<ListeningSocket> socket = ListeningSocket::open(folder.path() / "socket");
  ASSERT_TRUE(socket);
  const Result<Descriptor> client = connect_to(folder.path() / "socket");
  ASSERT_TRUE(client) << describe(client.error());
  const Result<Peer> peer = peer_of(client->get());
  ASSERT_TRUE(peer);
  EXPECT_EQ(peer->process, ::getpid());
  EXPECT_EQ(peer->user, ::geteuid());
  EXPECT_FALSE(peer_of(-1));
  const Descriptor listener(socket->release());
}

TEST(SocketFile, TrustsItsUserAndRoot) {
  const uid_t own = ::geteuid(), other = own + 7;
  EXPECT_TRUE(may_call({1, own}));
  EXPECT_TRUE(may_call({1, 0}));
  EXPECT_FALSE(may_call({1, other}));
  EXPECT_TRUE(may_be_called({1, own}));
  EXPECT_TRUE(may_be_called({1, 0}));
  EXPECT_EQ(may_be_called({1, other}), own == 0);
}

TEST(SocketFile, GoesWithItsServer) {
  const TemporaryFolder folder;
  const path file = folder.path() / "socket";
  { ASSERT_TRUE(ListeningSocket::open(file)); }
  EXPECT_FALSE(std::filesystem::exists(file));
}

TEST(SocketFile, StaysWhenItIsAnotherOnesByNow) {
  const TemporaryFolder folder;
  const path file = folder.path() / "socket";
  {
    const Result<ListeningSocket> socket = ListeningSocket::open(file);
    ASSERT_TRUE(socket);
    std::filesystem::remove(file);
    std::ofstream(file) << "something else";
  }
  EXPECT_TRUE(std::filesystem::exists(file));
}

TEST(SocketFile, StaleOneIsReplaced) {
  const TemporaryFolder folder;
  const path file = folder.path() / "socket";
  leave_stale(file);
  ASSERT_TRUE(std::filesystem::is_socket(file));
  EXPECT_EQ(connect_to(file).error().kind, ErrorKind::not_found);
  EXPECT_THAT(connect_to(file).error().what, HasSubstr("nobody listens"));
  const Result<ListeningSocket> socket = ListeningSocket::open(file);
  ASSERT_TRUE(socket) << describe(socket.error());
  EXPECT_TRUE(connect_to(file));
}

TEST(SocketFile, OneInUseIsLeftAlone) {
  const TemporaryFolder folder;
  const path file = folder.path() / "socket";
  const Result<ListeningSocket> first = ListeningSocket::open(file);
  ASSERT_TRUE(first);
  const Result<ListeningSocket> second = ListeningSocket::open(file);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().kind, ErrorKind::exists);
  EXPECT_THAT(second.error().what, HasSubstr("process " + std::to_string(::getpid()) + " listens here already"));
  EXPECT_TRUE(connect_to(file)) << "the first one's";
}

TEST(SocketFile, FullQueueIsInUse) {
  const TemporaryFolder folder;
  const path file = folder.path() / "socket";
  Result<ListeningSocket> first = ListeningSocket::open(file);
  ASSERT_TRUE(first);
  const Descriptor listener(first->release());
  ASSERT_EQ(::listen(listener.get(), 0), 0);
  std::vector<Descriptor> clients;
  Result<Descriptor> client = connect_to(file);
  for (; client && clients.size() < 100; client = connect_to(file)) clients.push_back(*std::move(client));
  ASSERT_FALSE(client);
  EXPECT_EQ(client.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(ListeningSocket::open(file).error().kind, ErrorKind::exists);
  EXPECT_TRUE(std::filesystem::exists(file));
}

TEST(SocketFile, WhatIsNoSocketIsLeftAlone) {
  const TemporaryFolder folder;
  const path plain = folder.path() / "plain", directory = folder.path() / "directory", link = folder.path() / "link";
  std::ofstream(plain) << "a letter";
  std::filesystem::create_directory(directory);
  std::filesystem::create_symlink(folder.path() / "nowhere", link);
  for (const path& file : {plain, directory, link}) {
    const Result<ListeningSocket> socket = ListeningSocket::open(file);
    ASSERT_FALSE(socket) << file;
    EXPECT_EQ(socket.error().kind, ErrorKind::exists) << file;
    EXPECT_THAT(socket.error().what, HasSubstr("no socket")) << file;
    EXPECT_NE(std::filesystem::symlink_status(file).type(), std::filesystem::file_type::not_found) << file;
  }
  EXPECT_EQ(connect_to(plain).error().kind, ErrorKind::not_found);
}

TEST(SocketFile, NobodyIsNotFound) {
  const TemporaryFolder folder;
  for (const path& file : {folder.path() / "socket", folder.path() / "no" / "socket", folder.path() / std::string(100, 'n') / "socket"}) {
    const Result<Descriptor> client = connect_to(file);
    ASSERT_FALSE(client);
    EXPECT_EQ(client.error().kind, ErrorKind::not_found) << file;
    EXPECT_THAT(client.error().what, HasSubstr(file.native())) << file;
  }
  EXPECT_EQ(ListeningSocket::open(folder.path() / "no" / "socket").error().kind, ErrorKind::storage);
}

TEST(SocketFile, LiesAsDeepAsYouLike) {
  const TemporaryFolder folder;
  for (const std::size_t depth : {60U, 80U, 100U, 200U, 1000U, 3000U}) {
    path directory = folder.path();
    while (directory.native().size() < depth) directory /= std::string(std::min<std::size_t>(200, depth), 'd');
    std::filesystem::create_directories(directory);
    const path file = directory / "ledger.socket";
    const Result<ListeningSocket> socket = ListeningSocket::open(file);
    ASSERT_TRUE(socket) << describe(socket.error());
    EXPECT_TRUE(connect_to(file)) << depth;
    EXPECT_FALSE(ListeningSocket::open(file)) << depth;
  }
}

TEST(SocketFile, EveryLengthOfPathWorks) {
  const TemporaryFolder folder;
  for (std::size_t size = 1; size <= 80; ++size) {
    const path file = folder.path() / std::string(size, 's');
    const Result<ListeningSocket> socket = ListeningSocket::open(file);
    ASSERT_TRUE(socket) << describe(socket.error());
    EXPECT_TRUE(connect_to(file)) << size;
  }
}

TEST(SocketFile, NameThatIsTooLongIsRefused) {
  const TemporaryFolder folder;
  const path file = folder.path() / std::string(150, 's');
  for (const Error& error : {ListeningSocket::open(file).error(), connect_to(file).error()}) {
    EXPECT_EQ(error.kind, ErrorKind::usage);
    EXPECT_THAT(error.what, HasSubstr("this one has 150; give the ledger a shorter name"));
  }
}

}  // namespace
}  // namespace godwit::api
