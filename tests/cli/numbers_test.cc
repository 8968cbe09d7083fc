#include "lib/cli/numbers.h"

#include <catch2/catch.hpp>
#include <string>

#include "tests/cli/sample.h"

using mitm::cli::parse_bytes;
using mitm::cli::parse_seconds;
using mitm::cli::parse_unsigned;
using namespace std::chrono_literals;

TEST_CASE("whole numbers are digits and nothing else") {
  CHECK(parse_unsigned("-c", "0").value() == 0);
  CHECK(parse_unsigned("-c", "18446744073709551615").value() == UINT64_MAX);
  for (const char* bad : {"", " 1", "1 ", "+1", "-1", "0x10", "1.0", "1k"}) {
    CAPTURE(bad);
    CHECK(parse_unsigned("-c", bad).error().message ==
          "option -c: '" + std::string(bad) + "' is not a whole number");
  }
}

TEST_CASE("a whole number outside its range is told the range") {
  CHECK(parse_unsigned("--threads", "0", {.least = 1, .most = 64}).error().message ==
        "option --threads: '0' is not between 1 and 64");
  CHECK(parse_unsigned("--threads", "65", {.least = 1, .most = 64}).error().code ==
        mitm::Code::kUsage);
  CHECK(parse_unsigned("-c", "0", {.least = 1}).error().message == "option -c: '0' is less than 1");
  CHECK(parse_unsigned("-c", "18446744073709551616").error().message ==
        "option -c: '18446744073709551616' is not between 0 and 18446744073709551615");
}

TEST_CASE("sizes have units of 1024") {
  CHECK(parse_bytes("-s", "4096").value() == 4096);
  CHECK(parse_bytes("-s", "64k").value() == 65536);
  CHECK(parse_bytes("-s", "10M").value() == 10485760);
  CHECK(parse_bytes("-s", "1G").value() == 1073741824);
  for (const char* bad : {"", "k", "1kk", "1.5k", "-1k", "1 k", "1T"}) {
    CAPTURE(bad);
    CHECK(parse_bytes("-s", bad).error().message ==
          "option -s: '" + std::string(bad) + "' is not a size such as 4096, 64k or 10M");
  }
}

TEST_CASE("a size that overflows is out of range") {
  CHECK(parse_bytes("-s", "17179869183G").value() == 17179869183ULL << 30U);
  CHECK_FALSE(parse_bytes("-s", "17179869184G"));
  CHECK_FALSE(parse_bytes("-s", "64k", {.least = 0, .most = 65535}));
}

TEST_CASE("seconds have up to nine decimals") {
  CHECK(parse_seconds("--drain", "2").value() == 2s);
  CHECK(parse_seconds("--drain", "0.25").value() == 250ms);
  CHECK(parse_seconds("--drain", "1.000000001").value() == 1'000'000'001ns);
  CHECK(parse_seconds("--drain", "1000000000").value() == 1'000'000'000s);
  for (const char* bad : {"", ".", "1.", ".5", "-1", "1e3", "1s", "0.1234567890", "1.2.3"}) {
    CAPTURE(bad);
    CHECK(parse_seconds("--drain", bad).error().message ==
          "option --drain: '" + std::string(bad) +
              "' is not a number of seconds such as 2 or 0.25");
  }
  CHECK_FALSE(parse_seconds("--drain", "1000000000.1"));
  CHECK_FALSE(parse_seconds("--drain", "99999999999999999999"));
}

TEST_CASE("the value of a flag is parsed, or its default is taken") {
  const auto parsed = [](std::vector<std::string> words) {
    return mitm::cli::parse(mitm::test::sample_program(), words).value();
  };
  CHECK(mitm::cli::unsigned_value(parsed({}), "snaplen", 7).value() == 7);
  CHECK(mitm::cli::unsigned_value(parsed({"-s9"}), "snaplen", 7).value() == 9);
  CHECK(mitm::cli::unsigned_value(parsed({"-sx"}), "snaplen", 7).error().message ==
        "option --snaplen: 'x' is not a whole number");
  CHECK(mitm::cli::bytes_value(parsed({"-s1k"}), "snaplen", 7).value() == 1024);
  CHECK(mitm::cli::seconds_value(parsed({"-s0.5"}), "snaplen", 1s).value() == 500ms);
  CHECK(mitm::cli::seconds_value(parsed({}), "snaplen", 1s).value() == 1s);
}
