#include "cmd/mitm-record/command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <utility>

#include "cmd/mitm-record/command_environment.h"
#include "lib/trust/bundles.h"

namespace mitm::record {

std::expected<std::unique_ptr<Command>, Child::NotStarted> Command::prepare(
    const std::vector<std::string>& words, const Inherited& inherited) {
  if (auto found = Child::find(words.front()); !found) return std::unexpected(found.error());
  auto directory = TemporaryDirectory::create("mitm-record");
  if (!directory) return std::unexpected(Child::NotStarted{1, std::move(directory).error()});
  return std::unique_ptr<Command>(new Command(words, inherited, *std::move(directory)));
}

Status Command::give_to(const User& user) {
  user_ = user;
  const std::string& path = directory_.path();
  if (::chown(path.c_str(), user.uid, user.gid) != 0)
    return fail_errno(fmt::format("give {} to {}", path, user.name));
  return {};
}

Status Command::arrange(const flow::Endpoint& proxy, ByteView ca_pem,
                        const cli::Diagnostics& diagnostics) {
  auto environment = Environment::of_this_process();
  if (user_) {
    environment.set("HOME", user_->home);
    environment.set("USER", user_->name);
    environment.set("LOGNAME", user_->name);
  }
  auto made = command_environment({.environment = std::move(environment),
                                   .proxy = proxy,
                                   .ca_pem = Bytes(ca_pem),
                                   .system_pem = trust::system_certificates(),
                                   .directory = directory_.path()},
                                  trust::read_certificates);
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
