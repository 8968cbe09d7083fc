#include "lib/trust/layouts.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <string>

using namespace mitm;

TEST_CASE("paths are below a root or a home, each once") {
  std::set<std::string_view> seen;
  const auto check = [&](std::string_view path) {
    CAPTURE(path);
    CHECK_FALSE(path.starts_with('/'));
    CHECK_FALSE(path.ends_with('/'));
    CHECK(seen.insert(path).second);
  };
  for (const auto& layout : trust::system_layouts()) {
    check(layout.anchors);
    CHECK_FALSE(layout.bundle.starts_with('/'));
    CHECK(layout.suffix.starts_with('.'));
  }
  for (const auto& place : trust::nss_places()) check(place.path);
  for (const auto& place : trust::java_places()) check(place.path);
}

TEST_CASE("Debian's certificates must be called crt, and a removal begins afresh") {
  const auto layouts = trust::system_layouts();
  const auto debian = std::ranges::find(layouts, "Debian", &trust::SystemLayout::name);
  REQUIRE(debian != layouts.end());
  CHECK(debian->suffix == ".crt");
  CHECK(debian->after_removal.ends_with("--fresh"));
}
