#include "lib/trust/find.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <sstream>

#include "lib/base/find_program.h"
#include "lib/base/io.h"
#include "lib/trust/inside.h"
#include "lib/trust/layouts.h"

namespace mitm::trust {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxIni = 1 << 20;
constexpr auto kDatabase = "cert9.db";

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

bool is_there(const fs::path& path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

bool can_write(const fs::path& path) { return ::access(path.c_str(), W_OK) == 0; }

std::vector<std::string> words_of(std::string_view text) {
  std::istringstream stream{std::string(text)};
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

/// A command of another root runs there.
std::vector<std::string> command_in(const fs::path& root, std::string_view text) {
  std::vector<std::string> words = words_of(text);
  if (root != "/") words.insert(words.begin(), {"chroot", root.string()});
  return words;
}

class Search {
 public:
  explicit Search(const Machine& machine) : machine_(machine) {}

  std::vector<Store> run() {
    find_system();
    for (const NssPlace& place : system_nss_places()) find_nss(machine_.root, place);
    if (has_user()) find_users_nss();
    find_java();
    return std::move(found_);
  }

 private:
  [[nodiscard]] bool has_user() const { return machine_.root == "/" && !machine_.home.empty(); }

  void find_system() {
    for (const SystemLayout& layout : system_layouts()) {
      const auto found = resolve_inside(machine_.root, machine_.root / layout.anchors);
      std::error_code ignored;
      if (!found || !fs::is_directory(*found, ignored)) continue;
      const fs::path& anchors = *found;
      add({.kind = Kind::kSystem,
           .name = std::string(layout.name),
           .path = anchors,
           .suffix = std::string(layout.suffix),
           .refresh = command_in(machine_.root, layout.refresh),
           .after_removal = command_in(machine_.root, layout.after_removal),
           .bundle = resolve_inside(machine_.root, machine_.root / layout.bundle)
                         .value_or(machine_.root / layout.bundle),
           .writable = can_write(anchors) && ::geteuid() == 0});
      return;
    }
  }

  void find_users_nss() {
    for (const NssPlace& place : nss_places()) find_nss(machine_.home, place);
    if (!machine_.data_home.empty()) find_nss(machine_.data_home, {"Chromium", "pki/nssdb", false});
    if (!machine_.config_home.empty())
      find_nss(machine_.config_home, {"Firefox", "mozilla/firefox", true});
  }

  void find_nss(const fs::path& base, const NssPlace& place) {
    for (const fs::path& path : expand(machine_.root, base, place.path)) {
      if (!place.profiles) {
        add_database(place.name, path);
        continue;
      }
      for (const fs::path& profile : expand(machine_.root, path, "*"))
        add_database(place.name, profile);
      const auto ini = read_regular_file(path / "profiles.ini", kMaxIni);
      for (const fs::path& profile : profiles_in(path, ini.value_or("")))
        add_database(place.name, profile);
    }
  }

  void add_database(std::string_view name, const fs::path& path) {
    if (!is_there(path / kDatabase)) return;
    add({.kind = Kind::kNss,
         .name = std::string(name),
         .path = path,
         .writable = can_write(path) && can_write(path / kDatabase)});
  }

  void find_java() {
    if (machine_.root == "/") {
      for (const fs::path& home : {machine_.java_home, home_of_java(machine_.java_program)}) {
        if (home.empty()) continue;
        add_keystore(home / "lib/security/cacerts");
        add_keystore(home / "jre/lib/security/cacerts");
      }
    }
    for (const JavaPlace& place : java_places()) {
      if (place.of_user && !has_user()) continue;
      const fs::path& base = place.of_user ? machine_.home : machine_.root;
      for (const fs::path& path : expand(machine_.root, base, place.path)) add_keystore(path);
    }
  }

  static fs::path home_of_java(const fs::path& program) {
    std::error_code error;
    const fs::path real = fs::canonical(program, error);  // …/bin/java
    return error ? fs::path() : real.parent_path().parent_path();
  }

  void add_keystore(const fs::path& path) {
    const auto real = resolve_inside(machine_.root, path);
    std::error_code ignored;
    if (!real || !fs::is_regular_file(*real, ignored)) return;
    add({.kind = Kind::kJava,
         .name = "Java",
         .path = *real,
         .writable = can_write(*real) && can_write(real->parent_path())});
  }

  void add(Store store) {
    std::error_code error;
    const fs::path real = fs::canonical(store.path, error);
    store.elsewhere = machine_.root != "/";
    if (seen_.insert(error ? store.path : real).second) found_.push_back(std::move(store));
  }

  const Machine& machine_;
  std::vector<Store> found_;
  std::set<fs::path> seen_;
};

}  // namespace

Machine this_machine() {
  return {.home = variable("HOME"),
          .java_home = variable("JAVA_HOME"),
          .java_program = find_system_program("java").value_or(""),
          .config_home = variable("XDG_CONFIG_HOME"),
          .data_home = variable("XDG_DATA_HOME")};
}

std::vector<Store> find_stores(const Machine& machine) { return Search(machine).run(); }

std::vector<fs::path> expand(const fs::path& root, const fs::path& base, std::string_view pattern) {
  const auto star = pattern.find('*');
  const auto path = resolve_inside(root, base / pattern.substr(0, star));
  if (!path) return {};
  if (star == std::string_view::npos) return {*path};
  std::vector<fs::path> names;
  std::error_code error;
  for (fs::directory_iterator entry(*path, error), end; !error && entry != end;
       entry.increment(error)) {
    const auto real = resolve_inside(root, entry->path());
    if (std::error_code ignored; real && fs::is_directory(*real, ignored)) names.push_back(*real);
  }
  std::ranges::sort(names);
  names.erase(std::ranges::unique(names).begin(), names.end());
  if (star + 1 == pattern.size()) return names;
  std::vector<fs::path> paths;
  for (const fs::path& name : names) {
    for (fs::path& found : expand(root, name, pattern.substr(star + 2)))
      paths.push_back(std::move(found));
  }
  return paths;
}

std::vector<fs::path> profiles_in(const fs::path& folder, std::string_view ini) {
  constexpr std::string_view kKey = "Path=";
  std::vector<fs::path> paths;
  std::istringstream lines{std::string(ini)};
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (line.starts_with(kKey) && line.size() > kKey.size())
      paths.push_back(folder / line.substr(kKey.size()));  // an absolute one stands alone
  }
  return paths;
}

}  // namespace mitm::trust
