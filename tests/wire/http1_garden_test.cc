#include <algorithm>
#include <catch2/catch.hpp>
#include <map>

#include "tests/support/http1_events.h"
#include "tests/support/shared_data.h"

using Lines = std::vector<std::string>;
using mitm::test::http1_events_every_way;

namespace {

/// The payloads are stored as text of Latin-1 characters.
std::string from_latin1(std::string_view utf8) {
  std::string bytes;
  for (std::size_t i = 0; i < utf8.size(); ++i) {
    const auto octet = static_cast<unsigned char>(utf8[i]);
    if (octet < 0x80) {
      bytes += utf8[i];
    } else {
      bytes +=
          static_cast<char>((octet & 0x03) << 6 | (static_cast<unsigned char>(utf8[++i]) & 0x3f));
    }
  }
  return bytes;
}

bool is_warning(const std::string& line) {
  return line.starts_with("oddity!") || line.starts_with("failed");
}

bool is_missing_host(const std::string& line) { return line == "oddity! missing-host"; }

/// What strict parsers take for valid, once a missing Host is forgiven, and how they read it.
const std::map<int, Lines> kValid = {
    {24, {"request GET / HTTP/1.1 chunked keep-alive Transfer-Encoding=chunked", "end incomplete"}},
    {38,
     {"request GET / HTTP/1.1 chunked keep-alive Transfer-Encoding=chunked",
      "trailers X:POST / HTTP/1.1\r\n", "end"}},
    {40,
     {"oddity obs-text",
      "request GET /login HTTP/1.1 none keep-alive Host=a User=\x85"
      "admin\xa0",
      "end"}},
    {47,
     {"request POST / HTTP/1.1 none keep-alive Content-Length=0 Connection=keep-alive Host=a id=0",
      "end", "request POST / HTTP/1.1 length 34 keep-alive Host=a id=1 Content-Length=34",
      "end incomplete"}},
    {48, {"request GET / HTTP/1.1 none keep-alive Host=a id=2", "end"}},
    {68,
     {"request GET / HTTP/1.1 length 10 keep-alive Content-Length=10", "body 1234567890", "end"}},
    {74,
     {"request POST / HTTP/1.1 chunked keep-alive Host=whatever Transfer-Encoding=chunked",
      "body Z", "end"}},
};

}  // namespace

TEST_CASE("payloads that servers disagree on are read strictly or reported") {
  const auto document = mitm::test::shared_json("http1/http-garden.json");
  if (!document) return;
  REQUIRE(document->Size() == 77);
  for (rapidjson::SizeType i = 0; i < document->Size(); ++i) {
    const auto& payload = (*document)[i]["payload"];
    const std::string input = from_latin1({payload.GetString(), payload.GetStringLength()});
    INFO(i << ": " << (*document)[i]["title"].GetString());
    auto lines = http1_events_every_way(input, {.eof_clean = true});
    std::erase_if(lines, is_missing_host);
    if (const auto valid = kValid.find(static_cast<int>(i)); valid != kValid.end()) {
      CHECK(lines == valid->second);
    } else {
      CHECK(std::ranges::any_of(lines, is_warning));
    }
  }
}
