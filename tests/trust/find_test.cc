#include "lib/trust/find.h"

#include <catch2/catch.hpp>

#include "lib/base/io.h"
#include "tests/support/temp_dir.h"

using namespace mitm;
using namespace mitm::test;
namespace fs = std::filesystem;

namespace {

void make_file(const fs::path& path, ByteView content = "x") {
  fs::create_directories(path.parent_path());
  REQUIRE(write_file_atomically(path, content, 0644, IfExists::kReplace));
}

std::vector<std::string> names(const std::vector<trust::Store>& stores) {
  std::vector<std::string> result;
  for (const auto& store : stores) result.push_back(store.name);
  return result;
}

}  // namespace

TEST_CASE("a pattern stands for every directory that fits") {
  const TempDir dir;
  make_file(dir / "b" / "lib" / "x");
  make_file(dir / "a" / "lib" / "x");
  make_file(dir / "c" / "other");
  make_file(dir / "file");
  CHECK(trust::expand("/", dir.path(), "*/lib/x") ==
        std::vector<fs::path>{dir / "a/lib/x", dir / "b/lib/x"});
  CHECK(trust::expand("/", dir.path(), "*").size() == 3);
  CHECK(trust::expand("/", dir.path(), "a/lib").size() == 1);
  CHECK(trust::expand("/", dir.path(), "none/*/x").empty());
}

TEST_CASE("profiles.ini names folders below it and elsewhere") {
  CHECK(trust::profiles_in("/f",
                           "[Profile0]\r\nPath=one.default\r\nIsRelative=1\n"
                           "[Profile1]\nIsRelative=0\nPath=/else/where\nPath=\n") ==
        std::vector<fs::path>{"/f/one.default", "/else/where"});
  CHECK(trust::profiles_in("/f", "").empty());
}

TEST_CASE("another root's system and keystores are found, its users are not") {
  const TempDir dir;
  const fs::path root = dir / "root";
  fs::create_directories(root / "etc/pki/trust/anchors");
  make_file(root / "usr/lib/jvm/one/lib/security/cacerts");
  make_file(root / "etc/pki/nssdb/cert9.db");
  make_file(root / "root/.pki/nssdb/cert9.db");
  const auto stores = trust::find_stores({.root = root, .home = root / "root"});
  CHECK(names(stores) == std::vector<std::string>{"SUSE", "NSS of the system", "Java"});
  CHECK(stores[0].refresh ==
        std::vector<std::string>{"chroot", root.string(), "update-ca-certificates"});
  CHECK(stores[0].bundle == root / "var/lib/ca-certificates/ca-bundle.pem");
}

TEST_CASE("of several layouts the first counts") {
  const TempDir dir;
  for (const auto* anchors : {"etc/pki/trust/anchors", "usr/local/share/ca-certificates",
                              "etc/pki/ca-trust/source/anchors"})
    fs::create_directories(dir / anchors);
  CHECK(names(trust::find_stores({.root = dir.path()})) == std::vector<std::string>{"Fedora"});
}

TEST_CASE("a keystore with many names is one, and a directory of that name none") {
  const TempDir dir;
  make_file(dir / "real/cacerts");
  fs::create_directories(dir / "usr/lib/jvm/one/lib/security");
  fs::create_directories(dir / "usr/lib/jvm/two/lib/security/cacerts");
  fs::create_symlink("/real/cacerts", dir / "usr/lib/jvm/one/lib/security/cacerts");
  fs::create_directory_symlink("one", dir / "usr/lib/jvm/default");
  const auto stores = trust::find_stores({.root = dir.path()});
  REQUIRE(stores.size() == 1);
  CHECK(stores[0].path == dir / "real/cacerts");
}

TEST_CASE("what a link of another root leads to is that root's, and never this machine's") {
  const TempDir dir;
  const fs::path root = dir / "root";
  make_file(dir / "outside/cacerts");
  fs::create_directories(dir / "outside/anchors");
  fs::create_directories(root / "usr/lib/jvm/one/lib/security");
  fs::create_directories(root / "usr/local/share");
  fs::create_symlink(dir / "outside/cacerts", root / "usr/lib/jvm/one/lib/security/cacerts");
  fs::create_symlink(dir / "outside/anchors", root / "usr/local/share/ca-certificates");
  CHECK(trust::find_stores({.root = root}).empty());
}
