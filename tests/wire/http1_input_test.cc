#include "lib/wire/http1_input.h"

#include <catch2/catch.hpp>
#include <string>

using mitm::wire::Http1Input;

TEST_CASE("input that is used in one piece is not copied") {
  const std::string fed = "headbody";
  Http1Input input;
  input.feed(fed);
  CHECK(input.window(100).data() == fed.data());
  CHECK(input.take_window(4).data() == fed.data());
  CHECK(input.take(2) == "bo");
  CHECK(input.size() == 2);
  CHECK(input.take_any() == "dy");
  CHECK(input.take_any().empty());
}

TEST_CASE("what waits is joined with what comes, and only what is needed leaves the input") {
  Http1Input input;
  input.feed("he");
  CHECK(input.window(100) == "he");
  input.keep();
  const std::string fed = "adbody";
  input.feed(fed);
  CHECK(input.window(6) == "headbo");
  const auto head = input.take_window(4);
  const auto body = input.take(100);
  CHECK(head == "head");
  CHECK(body == "body");
  CHECK(body.data() == fed.data() + 2);
}

TEST_CASE("a window is never larger than asked for") {
  Http1Input input;
  input.feed("abc");
  CHECK(input.window(2) == "ab");
  input.keep();
  input.feed("def");
  CHECK(input.window(4) == "abcd");
  CHECK(input.window(2) == "abcd");  // what was shown before remains
  CHECK(input.size() == 6);
}

TEST_CASE("kept bytes become input again, in front of what is left") {
  Http1Input input;
  input.feed("ab");
  input.keep();
  input.feed("cd");
  input.reuse_kept();
  CHECK(input.take(3) == "abc");
  CHECK(input.take(3) == "d");
  input.feed("e");
  input.reuse_kept();
  CHECK(input.take(3) == "e");
}

TEST_CASE("bytes put back come first when all is taken") {
  Http1Input input;
  input.feed("abcd");
  input.put_back(input.take_window(input.window(2).size()));
  CHECK(input.take_any() == "ab");
  CHECK(input.take_any() == "cd");
}
