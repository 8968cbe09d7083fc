#include "lib/trust/stores.h"

#include <catch2/catch.hpp>

using namespace mitm;
using trust::Kind;

TEST_CASE("each kind of store has its own plan") {
  const trust::Certificate certificate{"pem", "der", "0123456789abcdef"};
  const trust::Store nss{.kind = Kind::kNss, .path = "/db"};
  const trust::Store system{.kind = Kind::kSystem, .path = "/anchors", .refresh = {"refresh"}};
  CHECK(trust::plan_install(nss, {}, certificate)->size() == 1);
  CHECK(trust::plan_install(system, {}, certificate)->size() == 2);
  CHECK(trust::plan_removal(system, {}, {"x"})->empty());
  CHECK_FALSE(trust::plan_install({.kind = Kind::kJava, .path = "/none"}, {}, certificate));
  CHECK(trust::to_string(Kind::kSystem) == "system");
}

TEST_CASE("what is there need not be trusted") {
  const std::vector<trust::Entry> entries{{"a", "one", "", false}, {"b", "two"}};
  CHECK(trust::is_there(entries, "one"));
  CHECK_FALSE(trust::is_trusted(entries, "one"));
  CHECK(trust::is_trusted(entries, "two"));
  CHECK_FALSE(trust::is_there(entries, "three"));
}

TEST_CASE("our CAs are known by their names in stores, or by who they say they are") {
  CHECK(trust::is_ours({"/a/mitmkit-0123.crt", "x"}));
  CHECK(trust::is_ours({"by hand", "x", "CN=mitmkit CA,O=mitmkit"}));
  CHECK(trust::is_ours({"debian:mitmkit-0123.pem", "x"}));
  CHECK_FALSE(trust::is_ours({"company", "x", "CN=mitmkit,O=Company"}));
}
