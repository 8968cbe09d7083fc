#include "lib/trust/inside.h"

#include <catch2/catch.hpp>

#include "tests/support/temp_dir.h"

using namespace mitm;
using namespace mitm::test;
namespace fs = std::filesystem;
using trust::resolve_inside;

TEST_CASE("links lead to where they would for whoever has it as root") {
  const TempDir dir;
  const fs::path root = dir / "root";
  fs::create_directories(root / "a/b");
  fs::create_directories(dir / "outside");
  fs::create_symlink("/a/b", root / "absolute");
  fs::create_symlink("a", root / "relative");
  fs::create_symlink("../../../../../a", root / "a/b/up");
  fs::create_symlink("absolute", root / "chain");
  CHECK(resolve_inside(root, root / "a/b") == root / "a/b");
  CHECK(resolve_inside(root, root / "absolute") == root / "a/b");
  CHECK(resolve_inside(root, root / "relative/b") == root / "a/b");
  CHECK(resolve_inside(root, root / "a/b/up/b") == root / "a/b");
  CHECK(resolve_inside(root, root / "chain") == root / "a/b");
  CHECK(resolve_inside(root, root / "a/../../../relative") == root / "a");
  CHECK(resolve_inside(root, root) == root);
}

TEST_CASE("nothing outside is ever found, and nothing that is not there") {
  const TempDir dir;
  const fs::path root = dir / "root";
  fs::create_directories(root);
  fs::create_directories(dir / "outside");
  fs::create_symlink(dir / "outside", root / "escape");
  fs::create_symlink("../outside", root / "climb");
  fs::create_symlink("loop", root / "loop");
  CHECK_FALSE(resolve_inside(root, root / "escape"));
  CHECK_FALSE(resolve_inside(root, root / "climb"));
  CHECK_FALSE(resolve_inside(root, root / "loop"));
  CHECK_FALSE(resolve_inside(root, root / "none"));
  CHECK(resolve_inside("/", "/usr/lib").has_value());
}
