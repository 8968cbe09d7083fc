#include "lib/tls/idna.h"

#include <catch2/catch.hpp>

using namespace mitm;

TEST_CASE("international names become what certificates carry") {
  // As libidn2 writes them.
  CHECK(tls::ascii_name("B\xc3\xbc"
                        "cher.Example")
            .value() == "xn--bcher-kva.example");
  CHECK(tls::ascii_name("\xc3\x9c"
                        "BER.example")
            .value() == "xn--ber-goa.example");
  CHECK(tls::ascii_name("\xe4\xbe\x8b\xe3\x81\x88.\xe3\x83\x86\xe3\x82\xb9\xe3\x83\x88").value() ==
        "xn--r8jz45g.xn--zckzah");
  CHECK(tls::ascii_name("\xd0\x9f\xd1\x80\xd0\xb8\xd0\xbc\xd0\xb5\xd1\x80.\xd1\x80\xd1\x84")
            .value() == "xn--e1afmkfd.xn--p1ai");
  CHECK(tls::ascii_name("\xe4\xbe\x8b\xe3\x80\x82\xe4\xbe\x8b").value() == "xn--fsq.xn--fsq");
  CHECK(tls::ascii_name("*.m\xc3\xbcnchen.de").value() == "*.xn--mnchen-3ya.de");
}

TEST_CASE("names in ASCII stay as they are") {
  for (const std::string name : {"example.com", "", "A..b", "xn--bcher-kva", "-"})
    CHECK(tls::ascii_name(name).value() == name);
}

TEST_CASE("what cannot be told for sure is refused") {
  for (const std::string name : {"u\xcc\x88"
                                 "ber.example",
                                 "\xff.example",
                                 "a\xe2\x80\x8b"
                                 "b",
                                 "\xef\xbd\x81.example",
                                 "a\xc2\xa0"
                                 "b"}) {
    CAPTURE(name);
    const auto ascii = tls::ascii_name(name);
    REQUIRE_FALSE(ascii);
    CHECK(ascii.error().code == Code::kUsage);
    CHECK(ascii.error().hint.find("xn--") != std::string::npos);
  }
  std::string longest;
  for (int i = 0; i < 600; ++i) longest += "\xc3\xbc";
  CHECK_FALSE(tls::ascii_name(longest));
}
