#include "lib/proxy/credentials.h"

#include <catch2/catch.hpp>

namespace mitm::proxy {
namespace {

TEST_CASE("a user is let in with the password of that user alone") {
  Credentials credentials;
  CHECK(credentials.empty());
  credentials.add("me", "secret");
  credentials.add("you", "other");
  CHECK_FALSE(credentials.empty());
  CHECK(credentials.accept("me", "secret"));
  CHECK(credentials.accept("you", "other"));
  CHECK_FALSE(credentials.accept("me", "other"));
  CHECK_FALSE(credentials.accept("me", "secre"));
  CHECK_FALSE(credentials.accept("me", "secretsecret"));
  CHECK_FALSE(credentials.accept("me", ""));
  CHECK_FALSE(credentials.accept("", ""));
}

TEST_CASE("an empty password is a password") {
  Credentials credentials;
  credentials.add("me", "");
  CHECK(credentials.accept("me", ""));
  CHECK_FALSE(credentials.accept("me", std::string_view("\0", 1)));
}

TEST_CASE("a login comes as Basic") {
  Credentials credentials;
  credentials.add("a", "b:c");
  CHECK(credentials.accept_basic("Basic YTpiOmM="));
  CHECK_FALSE(credentials.accept_basic("Basic YTpi"));
  CHECK_FALSE(credentials.accept_basic("Bearer YTpiOmM="));
  CHECK_FALSE(credentials.accept_basic(""));
}

}  // namespace
}  // namespace mitm::proxy
