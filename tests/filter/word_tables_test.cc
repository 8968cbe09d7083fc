#include "lib/filter/word_tables.h"

#include <catch2/catch.hpp>

#include "tests/filter/flows.h"

using namespace mitm;
using namespace mitm::filter;

TEST_CASE("words are found by their whole names, each in one table") {
  CHECK(find_flag("http") != nullptr);
  CHECK(find_flag("htt") == nullptr);
  CHECK(find_text("tls-version") != nullptr);
  CHECK(find_text("status") == nullptr);
  CHECK(find_number("status") != nullptr);
  CHECK(find_number("") == nullptr);
}

TEST_CASE("versions and types are also called what they are called for short") {
  const auto of = [](std::string_view word) {
    std::vector<std::string> texts;
    find_text(word)->visit(https_flow(), Of::kEither, [&](auto text) { texts.emplace_back(text); });
    return texts;
  };
  CHECK(of("version") == std::vector<std::string>{"HTTP/1.1", "1.1", "HTTP/1.0", "1.0"});
  CHECK(of("tls-version") == std::vector<std::string>{"TLSv1.3", "1.3", "TLSv1.2", "1.2"});
  CHECK(of("type") ==
        std::vector<std::string>{"application/json", "text/html; charset=utf-8", "text/html"});
}
