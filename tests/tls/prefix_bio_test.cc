#include "lib/tls/prefix_bio.h"

#include <sys/socket.h>

#include <catch2/catch.hpp>

#include "tests/tls/support/connection.h"

using namespace mitm;
using mitm::test::SocketPair;
using tls::BioPtr;

namespace {

BioPtr over_socket(int fd, Bytes prefix) {
  return tls::make_prefix_bio(std::move(prefix), BioPtr(BIO_new_socket(fd, BIO_NOCLOSE))).value();
}

std::string read(BIO* bio, int size) {
  std::string buffer(static_cast<std::size_t>(size), '\0');
  const int got = BIO_read(bio, buffer.data(), size);
  buffer.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return buffer;
}

}  // namespace

TEST_CASE("the prefix is served first, in any portions, then the socket") {
  const SocketPair sockets;
  const BioPtr bio = over_socket(sockets.server.get(), "abcde");
  REQUIRE(::send(sockets.client.get(), "fgh", 3, 0) == 3);
  CHECK(read(bio.get(), 2) == "ab");
  CHECK(read(bio.get(), 10) == "cde");
  CHECK(read(bio.get(), 10) == "fgh");
}

TEST_CASE("an empty socket asks for a retry, but not while the prefix lasts") {
  const SocketPair sockets;
  const BioPtr bio = over_socket(sockets.server.get(), "a");
  CHECK(read(bio.get(), 1) == "a");
  CHECK_FALSE(BIO_should_retry(bio.get()));
  CHECK(read(bio.get(), 1).empty());
  CHECK(BIO_should_read(bio.get()));
  CHECK(BIO_should_retry(bio.get()));
}

TEST_CASE("pending counts the prefix") {
  const SocketPair sockets;
  const BioPtr bio = over_socket(sockets.server.get(), "abc");
  CHECK(BIO_ctrl_pending(bio.get()) == 3);
  CHECK(read(bio.get(), 2) == "ab");
  CHECK(BIO_ctrl_pending(bio.get()) == 1);
}

TEST_CASE("the end of file shows only after the prefix") {
  SocketPair sockets;
  const BioPtr bio = over_socket(sockets.server.get(), "abc");
  sockets.client = Fd();
  CHECK(BIO_eof(bio.get()) == 0);
  CHECK(read(bio.get(), 3) == "abc");
  CHECK(read(bio.get(), 3).empty());
  CHECK_FALSE(BIO_should_retry(bio.get()));
  CHECK(BIO_eof(bio.get()) == 1);
}

TEST_CASE("the socket's descriptor is known and writes go to it") {
  const SocketPair sockets;
  const BioPtr bio = over_socket(sockets.server.get(), "abc");
  CHECK(BIO_get_fd(bio.get(), nullptr) == sockets.server.get());
  CHECK(BIO_write(bio.get(), "xy", 2) == 2);
  CHECK(BIO_flush(bio.get()) == 1);
  char buffer[4];
  CHECK(::recv(sockets.client.get(), buffer, sizeof buffer, 0) == 2);
}
