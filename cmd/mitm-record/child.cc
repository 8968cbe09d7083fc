#include "cmd/mitm-record/child.h"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "lib/base/io.h"

namespace mitm::record {
namespace {

constexpr std::array kProxyVariables = {"http_proxy", "https_proxy", "all_proxy",
                                        "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"};
constexpr std::array kBundleVariables = {
    "SSL_CERT_FILE", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS",
    "GIT_SSL_CAINFO",
    // npm trusts nothing else once its configuration names a cafile.
    "npm_config_cafile"};
constexpr std::array kRemovedVariables = {"no_proxy", "NO_PROXY"};

template <class Names>
bool contains(const Names& names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

std::vector<char*> pointers_to(const std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (const auto& text : strings) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

std::vector<std::string> child_environment(const std::string& proxy_url,
                                           const std::string& bundle) {
  std::vector<std::string> result;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const auto name = text.substr(0, text.find('='));
    if (contains(kProxyVariables, name) || contains(kBundleVariables, name) ||
        contains(kRemovedVariables, name))
      continue;
    result.emplace_back(text);
  }
  for (const auto* name : kProxyVariables) result.push_back(fmt::format("{}={}", name, proxy_url));
  for (const auto* name : kBundleVariables) result.push_back(fmt::format("{}={}", name, bundle));
  return result;
}

Result<TemporaryFile> TemporaryFile::create(const std::string& name, ByteView content) {
  std::error_code error;
  const auto base = std::filesystem::temp_directory_path(error);
  if (error) return fail(Code::kIo, fmt::format("temporary directory: {}", error.message()));
  std::string directory = (base / "mitm-record-XXXXXX").string();
  if (::mkdtemp(directory.data()) == nullptr)
    return fail_errno(fmt::format("create {}", directory));
  TemporaryFile file(directory, directory + "/" + name);
  MITM_TRY(write_file_atomically(file.path_, content, 0600, IfExists::kFail));
  return file;
}

TemporaryFile::TemporaryFile(TemporaryFile&& other) noexcept
    : directory_(std::exchange(other.directory_, {})), path_(std::exchange(other.path_, {})) {}

TemporaryFile::~TemporaryFile() {
  if (directory_.empty()) return;
  ::unlink(path_.c_str());
  ::rmdir(directory_.c_str());
}

std::optional<Child::NotStarted> Child::check(const std::string& command) {
  const auto refuse = [&](int err) {
    return NotStarted{
        err == ENOENT ? 127 : 126,
        {Code::kIo, fmt::format("run {}: {}", command, std::system_category().message(err))}};
  };
  const auto try_path = [](const std::string& path) {
    if (std::error_code error; std::filesystem::is_directory(path, error)) return EACCES;
    return ::access(path.c_str(), X_OK) == 0 ? 0 : errno;
  };
  if (command.find('/') != std::string::npos) {
    const int err = try_path(command);
    return err == 0 ? std::nullopt : std::optional(refuse(err));
  }
  const char* variable = std::getenv("PATH");
  std::string_view path = variable != nullptr ? variable : "/bin:/usr/bin";
  int worst = ENOENT;
  while (true) {
    const auto directory = path.substr(0, path.find(':'));
    const int err = try_path(fmt::format("{}/{}", directory.empty() ? "." : directory, command));
    if (err == 0) return std::nullopt;
    if (err != ENOENT && err != ENOTDIR) worst = err;
    if (directory.size() == path.size()) return refuse(worst);
    path.remove_prefix(directory.size() + 1);
  }
}

std::expected<Child, Child::NotStarted> Child::start(const std::vector<std::string>& command,
                                                     const std::vector<std::string>& environment) {
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t none;
  sigset_t defaults;
  sigemptyset(&none);
  sigemptyset(&defaults);
  sigaddset(&defaults, SIGPIPE);
  sigaddset(&defaults, SIGXFSZ);
  ::posix_spawnattr_setsigmask(&attributes, &none);
  ::posix_spawnattr_setsigdefault(&attributes, &defaults);
  ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  pid_t pid = 0;
  const auto argv = pointers_to(command);
  const auto envp = pointers_to(environment);
  const int err = ::posix_spawnp(&pid, argv[0], nullptr, &attributes, argv.data(), envp.data());
  ::posix_spawnattr_destroy(&attributes);
  if (err == 0) return Child(pid);
  return std::unexpected(NotStarted{err == ENOENT ? 127 : 126,
                                    {Code::kIo, fmt::format("run {}: {}", command.front(),
                                                            std::system_category().message(err))}});
}

std::optional<int> Child::poll() {
  int status = 0;
  const pid_t ended = ::waitpid(pid_, &status, WNOHANG);
  if (ended == 0 || (ended < 0 && errno != ECHILD)) return std::nullopt;
  if (ended < 0) return 0;  // somebody else has waited for it
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

void Child::send(int signal) const { ::kill(pid_, signal); }

}  // namespace mitm::record
