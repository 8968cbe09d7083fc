#include "cmd/mitm-record/command.h"

#include <array>
#include <filesystem>
#include <system_error>
#include <utility>

#include "cmd/mitm-record/command_environment.h"
#include "lib/base/io.h"

namespace mitm::record {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxFile = 16 << 20;

/// Where distributions keep what they trust, as one file.
constexpr std::array kSystemBundles = {
    "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem", "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/cert.pem",
    // OpenSSL's own.
    "/usr/lib/ssl/cert.pem", "/usr/local/ssl/cert.pem"};

Bytes system_pem() {
  for (const auto* path : kSystemBundles) {
    if (auto content = read_file(path, kMaxFile)) return *std::move(content);
  }
  return {};
}

/// Of a directory, all that is readable: programs that are given one pass over the rest.
Result<Bytes> read_all(const std::string& path) {
  std::error_code error;
  // Nobody may ever write to a pipe, and what it holds would be gone for the command.
  if (fs::is_fifo(path, error)) return fail(Code::kIo, path + ": is a pipe");
  if (!fs::is_directory(path, error)) return read_file(path, kMaxFile);
  Bytes all;
  for (fs::directory_iterator entry(path, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code ignored;
    if (!entry->is_regular_file(ignored)) continue;
    if (const auto content = read_file(entry->path(), kMaxFile)) all += *content + '\n';
  }
  if (error) return fail_errno("read " + path, error.value());
  return all;
}

}  // namespace

std::expected<std::unique_ptr<Command>, Child::NotStarted> Command::prepare(
    const std::vector<std::string>& words, const Inherited& inherited) {
  if (auto found = Child::find(words.front()); !found) return std::unexpected(found.error());
  auto directory = TemporaryDirectory::create();
  if (!directory) return std::unexpected(Child::NotStarted{1, std::move(directory).error()});
  return std::unique_ptr<Command>(new Command(words, inherited, *std::move(directory)));
}

Status Command::start(const flow::Endpoint& proxy, ByteView ca_pem,
                      const cli::Diagnostics& diagnostics) {
  const auto made = command_environment({.environment = Environment::of_this_process(),
                                         .proxy = proxy,
                                         .ca_pem = Bytes(ca_pem),
                                         .system_pem = system_pem(),
                                         .directory = directory_.path()},
                                        read_all);
  for (const std::string& warning : made.warnings) diagnostics.warning(warning);
  for (const CommandFile& file : made.files)
    MITM_TRY(directory_.write(file.path, file.content, file.mode));
  auto child = Child::start(words_, made.environment.entries(), inherited_);
  if (child) {
    child_ = *std::move(child);
  } else {
    diagnostics.error(child.error().error);
    status_ = child.error().status;
  }
  return {};
}

void Command::poll() {
  if (child_ && !status_) status_ = child_->poll();
}

void Command::send(int signal) const {
  if (child_ && !status_) child_->send(signal);
}

}  // namespace mitm::record
