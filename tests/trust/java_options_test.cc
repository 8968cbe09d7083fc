#include "lib/trust/java_options.h"

#include <catch2/catch.hpp>

using namespace mitm;

namespace {

constexpr auto kRest =
    " -Djavax.net.ssl.trustStoreType=JKS -Djavax.net.ssl.trustStorePassword=changeit";

std::string options_for(const std::string& word) {
  return "-Djavax.net.ssl.trustStore=" + word + kRest;
}

}  // namespace

TEST_CASE("what would end a word of Java's options is between quotes of another kind") {
  CHECK(trust::java_word("/plain") == "/plain");
  CHECK(trust::java_word("/a b") == "\"/a b\"");
  CHECK(trust::java_word("it's") == "\"it's\"");
  CHECK(trust::java_word("a\"b") == "'a\"b'");
  CHECK(trust::java_word("a'b\"c\n") == "\"a'b\"'\"c\n'");
  CHECK(trust::java_trust_options("/t/java.jks") == options_for("/t/java.jks"));
}

TEST_CASE("a keystore of ours is found however its path is quoted") {
  for (const auto* directory : {"/t", "/a b", "/it's", "/q\"q", "/both'\"", "/l\nf"}) {
    const std::string ours = trust::java_trust_options(std::string(directory) + "/java.jks");
    CHECK(trust::names_keystore(ours));
    CHECK(trust::without_keystores_in(directory, ours).empty());
    CHECK(trust::without_keystores_in(directory, "-Da='b  c'  -Dx " + ours + " -Dy ") ==
          "-Da='b  c'  -Dx -Dy");
    CHECK(trust::without_keystores_in(directory, ours + " -Dy") == "-Dy");
  }
}

TEST_CASE("keystores of others stay, and what was written otherwise") {
  for (const std::string& options :
       {options_for("/t/deeper/java.jks"), options_for("/tt/java.jks"), std::string(" -Dx  -Dy "),
        std::string("-Dx='never closed"), std::string()})
    CHECK(trust::without_keystores_in("/t", options) == options);
  CHECK(trust::without_keystores_in("/t", "-Djavax.net.ssl.trustStore=/t/java.jks -Dx") == "-Dx");
  CHECK_FALSE(trust::names_keystore("-Dx=-Djavax.net.ssl.trustStore=/t"));
}
