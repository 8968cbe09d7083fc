#include "lib/tls/names.h"

#include <catch2/catch.hpp>

using namespace mitm;
using tls::normalise_dns;

TEST_CASE("host names are normalised") {
  CHECK(normalise_dns("WWW.Example.COM.") == "www.example.com");
  CHECK(normalise_dns("localhost") == "localhost");
  CHECK(normalise_dns("*.a.example") == "*.a.example");
  CHECK(normalise_dns("_dmarc.a-b.example") == "_dmarc.a-b.example");
  CHECK(normalise_dns("xn--bcher-kva.example") == "xn--bcher-kva.example");
}

TEST_CASE("what is no host name is not made one") {
  const std::string long_label(64, 'a');
  for (const std::string name :
       {"", ".", "*", "*.", "a..b", ".a", "a b", "f*.example", "a.*.example", "b\xc3\xbc.example",
        "a/b", "1.2.3.256", "*.*.example"}) {
    CAPTURE(name);
    CHECK_FALSE(normalise_dns(name));
  }
  CHECK_FALSE(normalise_dns(long_label + ".example"));
  CHECK_FALSE(normalise_dns(std::string_view("a\0b", 3)));
  std::string long_name;
  while (long_name.size() < 253) long_name += "abcdefg.";
  CHECK_FALSE(normalise_dns(long_name + "example"));
}

TEST_CASE("a name set keeps each name once and is bounded") {
  tls::NameSet names;
  CHECK(names.add("A.example"));
  CHECK(names.add("a.example."));
  CHECK(names.add("10.0.0.1"));
  CHECK_FALSE(names.add("no name"));
  CHECK(names.dns() == std::vector<std::string>{"a.example"});
  CHECK(names.ips().size() == 1);
  for (std::size_t i = 2; i < tls::NameSet::kMaxNames; ++i)
    CHECK(names.add("n" + std::to_string(i)));
  CHECK_FALSE(names.add("one.too.many"));
  CHECK(names.add("a.example"));
}
