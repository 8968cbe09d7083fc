#include "cmd/mitm-record/command.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>

#include "cmd/mitm-record/command_environment.h"
#include "lib/base/io.h"
#include "lib/tls/trust.h"

namespace mitm::record {
namespace {

namespace fs = std::filesystem;

/// Of a directory, all that is readable: programs that are given one pass over the rest.
Result<Bytes> read_directory(const std::string& path, std::size_t limit) {
  std::error_code error;
  Bytes all;
  for (fs::directory_iterator entry(path, error), end; !error && entry != end;
       entry.increment(error)) {
    const auto content = read_regular_file(entry->path(), limit - std::min(limit, all.size()));
    if (content) {
      all += *content + '\n';
    } else if (content.error().code == Code::kLimit) {
      return fail(Code::kLimit, fmt::format("read {}: larger than {} bytes", path, limit));
    }
  }
  if (error) return fail_errno("read " + path, error.value());
  return all;
}

Result<Bytes> read(const std::string& path, std::size_t limit) {
  // How people say that there is to be none.
  if (path == "/dev/null") return {};
  std::error_code ignored;
  return fs::is_directory(path, ignored) ? read_directory(path, limit)
                                         : read_regular_file(path, limit);
}

Bytes system_pem() {
  for (const fs::path& path : tls::system_bundles()) {
    if (auto content = read_regular_file(path, kMaxCertificates)) return *std::move(content);
  }
  return {};
}

}  // namespace

std::expected<std::unique_ptr<Command>, Child::NotStarted> Command::prepare(
    const std::vector<std::string>& words, const Inherited& inherited) {
  if (auto found = Child::find(words.front()); !found) return std::unexpected(found.error());
  auto directory = TemporaryDirectory::create("mitm-record");
  if (!directory) return std::unexpected(Child::NotStarted{1, std::move(directory).error()});
  return std::unique_ptr<Command>(new Command(words, inherited, *std::move(directory)));
}

Status Command::arrange(const flow::Endpoint& proxy, ByteView ca_pem,
                        const cli::Diagnostics& diagnostics) {
  auto made = command_environment({.environment = Environment::of_this_process(),
                                   .proxy = proxy,
                                   .ca_pem = Bytes(ca_pem),
                                   .system_pem = system_pem(),
                                   .directory = directory_.path()},
                                  read);
  for (const std::string& warning : made.warnings) diagnostics.warning(warning);
  for (const CommandFile& file : made.files)
    MITM_TRY(directory_.write(file.path, file.content, file.mode));
  environment_ = std::move(made.environment);
  return {};
}

std::expected<void, Child::NotStarted> Command::start() {
  auto child = Child::start(words_, environment_.entries(), inherited_);
  if (!child) return std::unexpected(std::move(child).error());
  child_ = *std::move(child);
  return {};
}

void Command::poll() {
  if (child_ && !status_) status_ = child_->poll();
}

void Command::end(std::chrono::milliseconds patience) {
  if (is_running()) status_ = child_->end(patience);
}

void Command::send(int signal) const {
  if (child_ && !status_) child_->send(signal);
}

}  // namespace mitm::record
