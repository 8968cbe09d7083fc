#include "lib/tls/home.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "lib/base/shell_word.h"

namespace mitm::tls {
namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : "";
}

std::string home_of_user() {
  std::array<char, 4096> buffer{};
  passwd entry{};
  passwd* found = nullptr;
  ::getpwuid_r(::geteuid(), &entry, buffer.data(), buffer.size(), &found);
  return found != nullptr ? found->pw_dir : "";
}

}  // namespace

Result<std::filesystem::path> home_directory(std::string_view option,
                                             const HomeEnvironment& environment) {
  if (!option.empty()) return std::filesystem::path(option);
  if (!environment.mitmkit_home.empty()) return std::filesystem::path(environment.mitmkit_home);
  if (environment.xdg_data_home.starts_with('/')) {
    return std::filesystem::path(environment.xdg_data_home) / "mitmkit";
  }
  if (environment.home.empty()) {
    return fail(Code::kUsage, "home directory: neither MITMKIT_HOME nor HOME is set",
                "name one with --home");
  }
  return std::filesystem::path(environment.home) / ".local/share/mitmkit";
}

Result<std::filesystem::path> home_directory(std::string_view option) {
  HomeEnvironment environment{variable("MITMKIT_HOME"), variable("XDG_DATA_HOME"),
                              variable("HOME")};
  if (environment.home.empty()) environment.home = home_of_user();
  return home_directory(option, environment);
}

std::string ca_command(const std::filesystem::path& home, std::string_view words) {
  const auto usual = home_directory();
  if (usual && *usual == home) return fmt::format("mitm-ca {}", words);
  return fmt::format("mitm-ca --home {} {}", shell_word(home.string()), words);
}

}  // namespace mitm::tls
