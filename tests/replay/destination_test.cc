#include "lib/replay/destination.h"

#include <catch2/catch.hpp>

namespace mitm::replay {
namespace {

TEST_CASE("a URL without a path names a destination") {
  CHECK(parse_destination("http://Example.com").value() == Destination{false, {"example.com", 80}});
  CHECK(parse_destination("https://a.b/").value() == Destination{true, {"a.b", 443}});
  CHECK(parse_destination("http://127.0.0.1:3000").value() ==
        Destination{false, {"127.0.0.1", 3000}});
  CHECK(parse_destination("https://[::1]:8443/").value() == Destination{true, {"::1", 8443}});
}

TEST_CASE("a URL that could be meant otherwise is a usage error that shows it") {
  for (const std::string url :
       {"example.com", "localhost:3000", "ftp://a/", "http://a/path", "http://a/?q", "http://a?q",
        "http://u:p@a/", "http://", "http://a:0", "http://a:99999", ""}) {
    CAPTURE(url);
    const auto parsed = parse_destination(url);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().code == Code::kUsage);
    CHECK(parsed.error().message.find(url) != std::string::npos);
  }
}

TEST_CASE("the authority leaves the scheme's own port out") {
  CHECK(authority_of({false, {"a", 80}}) == "a");
  CHECK(authority_of({true, {"a", 443}}) == "a");
  CHECK(authority_of({false, {"a", 443}}) == "a:443");
  CHECK(authority_of({true, {"::1", 443}}) == "[::1]");
  CHECK(authority_of({true, {"::1", 8443}}) == "[::1]:8443");
  CHECK(scheme_of({true, {}}) == "https");
  CHECK(scheme_of({false, {}}) == "http");
}

}  // namespace
}  // namespace mitm::replay
