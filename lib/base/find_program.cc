#include "lib/base/find_program.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

namespace mitm {
namespace {

/// 0, or why it cannot be run.
int try_path(const std::string& path) {
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) return errno;
  if (!S_ISREG(status.st_mode)) return EACCES;
  return ::access(path.c_str(), X_OK) == 0 ? 0 : errno;
}

std::string search_path() {
  const char* variable = std::getenv("PATH");
  return variable != nullptr ? variable : "/bin:/usr/bin";
}

std::expected<std::string, int> find_in(std::string_view directories, const std::string& program) {
  int worst = ENOENT;
  while (true) {
    const auto directory = directories.substr(0, directories.find(':'));
    auto candidate = fmt::format("{}/{}", directory.empty() ? "." : directory, program);
    const int err = try_path(candidate);
    if (err == 0) return candidate;
    // One that is there and cannot be run says more than a directory that we may not look into.
    if (std::error_code ignored; std::filesystem::exists(candidate, ignored)) worst = err;
    if (directory.size() == directories.size()) return std::unexpected(worst);
    directories.remove_prefix(directory.size() + 1);
  }
}

std::expected<std::string, int> find(const std::string& directories, const std::string& program) {
  if (program.empty()) return std::unexpected(ENOENT);
  if (program.find('/') == std::string::npos) return find_in(directories, program);
  if (const int err = try_path(program); err != 0) return std::unexpected(err);
  return program;
}

}  // namespace

std::expected<std::string, int> find_program(const std::string& program) {
  return find(search_path(), program);
}

std::expected<std::string, int> find_system_program(const std::string& program) {
  return find(search_path() + ":/usr/sbin:/sbin", program);
}

}  // namespace mitm
