#include "lib/wire/oddity_log.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>

TEST_CASE("every oddity has a name of its own and an explanation") {
  std::set<std::string_view> names;
  for (const auto& oddity : mitm::wire::kOddities) {
    CHECK(names.insert(oddity.name).second);
    CHECK(oddity.explanation.ends_with('.'));
    CHECK(std::ranges::all_of(oddity.name, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
    }));
  }
}

TEST_CASE("an excerpt holds no octet that a terminal would act on, and is cut") {
  CHECK(mitm::wire::excerpt("a\x1b[1m\\\xff") == "a\\x1b[1m\\\\\\xff");
  CHECK(mitm::wire::excerpt("abcdef", 3) == "abc...");
  CHECK(mitm::wire::excerpt("abc", 3) == "abc");
}

TEST_CASE("oddities come out in order, once per message") {
  using mitm::wire::OddityId;
  mitm::wire::OddityLog log;
  log.add(OddityId::kNul, "a");
  log.add(OddityId::kBareLf);
  log.add(OddityId::kNul, "b");
  const auto first = log.take();
  REQUIRE(first);
  CHECK(first->name == "nul");
  CHECK(first->detail == "a");
  CHECK(first->framing);
  CHECK(log.take()->name == "bare-lf");
  CHECK_FALSE(log.take());
  log.begin_message();
  log.add(OddityId::kNul);
  CHECK(log.take()->name == "nul");
  CHECK_FALSE(log.take());
}

TEST_CASE("an oddity is told once per message and its detail is short and printable") {
  mitm::wire::Http1Decoder decoder(mitm::wire::Role::kRequest);
  std::string input = "GET / HTTP/1.1\r\nHost: x\r\n";
  for (int i = 0; i < 1000; ++i) input += "A\x1b" + std::string(200, 'x') + ": y\r\n";
  input += "\r\n";
  decoder.feed(input);
  int count = 0;
  auto event = decoder.next();
  for (; std::holds_alternative<mitm::wire::Oddity>(event); event = decoder.next()) {
    const auto& oddity = std::get<mitm::wire::Oddity>(event);
    ++count;
    CHECK(oddity.detail.size() < 100);
    CHECK(oddity.detail.starts_with("A\\x1bxx"));
  }
  CHECK(count == 2);
  CHECK(std::get<mitm::wire::RequestHead>(event).fields.size() == 1001);
}
