#include "lib/base/subprocess.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>

#include "lib/base/fd.h"
#include "lib/base/find_program.h"
#include "lib/base/spawn.h"

namespace mitm {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMostKept = 4 << 20;
constexpr auto kPatience = std::chrono::milliseconds(50);  // between two looks at `enough`

struct Pipe {
  Fd read;
  Fd write;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno("create a pipe");
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

/// Passphrases that people give our programs are not for those that these run.
bool is_secret(std::string_view name) {
  return name.starts_with("MITMKIT_") &&
         (name.ends_with("PASSPHRASE") || name.ends_with("PASSWORD"));
}

std::vector<std::string> environment_of(const Invocation& invocation) {
  std::vector<std::string> entries;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const auto name = text.substr(0, text.find('='));
    const bool changed = std::ranges::any_of(
        invocation.environment, [&](const auto& change) { return change.first == name; });
    if (!changed && !is_secret(name)) entries.emplace_back(text);
  }
  for (const auto& [name, value] : invocation.environment)
    if (value) entries.push_back(name + '=' + *value);
  return entries;
}

/// A process with pipes to its standard streams.
class Process {
 public:
  static Result<Process> start(const Invocation& invocation);
  Outcome wait(const Invocation& invocation);

 private:
  Process() = default;
  void exchange(const Invocation& invocation, Outcome& outcome);
  void feed(std::string_view& input);
  static void take(Fd& fd, Bytes& kept);
  void end(Outcome& outcome) const;

  pid_t pid_ = 0;
  bool grouped_ = false;
  Fd input_;
  Fd output_;
  Fd errors_;
};

Result<Process> Process::start(const Invocation& invocation) {
  const std::string& program = invocation.words.front();
  const auto path = find_system_program(program);
  if (!path && path.error() == ENOENT)
    return fail(Code::kUnsupported, fmt::format("run {}: no such program", program));
  if (!path) return fail_errno(fmt::format("run {}", program), path.error());
  auto in = make_pipe();
  auto out = make_pipe();
  auto err = make_pipe();
  if (!in || !out || !err) return fail(Code::kIo, "run a program: no descriptors are left");
  SpawnOrders orders;
  orders.dup(in->read.get(), STDIN_FILENO);
  orders.dup(out->write.get(), STDOUT_FILENO);
  orders.dup(err->write.get(), STDERR_FILENO);
  if (invocation.timeout) orders.lead_group();
  const auto pid = orders.spawn(*path, invocation.words, environment_of(invocation));
  if (!pid) return fail_errno(fmt::format("run {}", program), pid.error());
  Process process;
  process.pid_ = *pid;
  process.grouped_ = invocation.timeout.has_value();
  process.input_ = std::move(in->write);
  process.output_ = std::move(out->read);
  process.errors_ = std::move(err->read);
  return process;
}

void Process::feed(std::string_view& input) {
  const ssize_t wrote = ::write(input_.get(), input.data(), input.size());
  if (wrote > 0) input.remove_prefix(static_cast<std::size_t>(wrote));
  // A program that does not read its input has its reasons.
  if (input.empty() || (wrote < 0 && errno != EAGAIN && errno != EINTR)) input_ = Fd();
}

void Process::take(Fd& fd, Bytes& kept) {
  std::array<char, 16384> buffer{};
  const ssize_t got = ::read(fd.get(), buffer.data(), buffer.size());
  if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN)) fd = Fd();
  if (got > 0 && kept.size() < kMostKept) kept.append(buffer.data(), static_cast<std::size_t>(got));
}

void Process::exchange(const Invocation& invocation, Outcome& outcome) {
  std::string_view input = invocation.input;
  ::fcntl(input_.get(), F_SETFL, O_NONBLOCK);
  if (input.empty()) input_ = Fd();
  const auto deadline = Clock::now() + invocation.timeout.value_or(std::chrono::milliseconds(0));
  while (output_.is_open() || errors_.is_open()) {
    std::array<pollfd, 3> waiting{
        {{output_.get(), POLLIN, 0}, {errors_.get(), POLLIN, 0}, {input_.get(), POLLOUT, 0}}};
    const int ready = ::poll(waiting.data(), waiting.size(),
                             invocation.timeout ? static_cast<int>(kPatience.count()) : -1);
    if (ready < 0 && errno != EINTR) return;
    if (ready > 0) {
      if (waiting[0].revents != 0) take(output_, outcome.output);
      if (waiting[1].revents != 0) take(errors_, outcome.errors);
      if (waiting[2].revents != 0) feed(input);
    }
    if (!invocation.timeout) continue;
    if (invocation.enough && invocation.enough()) return;
    outcome.timed_out = Clock::now() >= deadline;
    if (outcome.timed_out) return;
  }
}

void Process::end(Outcome& outcome) const {
  // Whoever closed its streams, or is not waited for any more, may still run.
  if (grouped_) ::kill(-pid_, SIGKILL);
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0) {
    if (errno != EINTR) return;
  }
  outcome.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

Outcome Process::wait(const Invocation& invocation) {
  Outcome outcome;
  exchange(invocation, outcome);
  const bool on_its_own = !output_.is_open() && !errors_.is_open();
  if (on_its_own && grouped_) {
    // Give it the time to say how it went.
    siginfo_t info{};
    for (int i = 0; i < 40 && info.si_pid == 0; ++i) {
      if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0) break;
      if (info.si_pid == 0) ::usleep(static_cast<useconds_t>(kPatience.count() * 1000));
    }
  }
  end(outcome);
  return outcome;
}

}  // namespace

Result<Outcome> run_command(const Invocation& invocation) {
  auto process = Process::start(invocation);
  if (!process) return std::unexpected(std::move(process).error());
  return process->wait(invocation);
}

}  // namespace mitm
