#include "cmd/mitm-record/post_rotate.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <expected>
#include <system_error>
#include <thread>

#include "lib/base/find_program.h"
#include "lib/base/spawn.h"

namespace mitm::record {
namespace {

constexpr int kLowestPriority = 19;

std::expected<pid_t, int> spawn(const std::string& path, const std::string& command,
                                const std::string& file) {
  SpawnOrders orders;
  sigset_t all;
  sigfillset(&all);
  orders.reset(all);
  orders.lead_group();
  orders.open(STDIN_FILENO, "/dev/null", O_RDONLY);
  // Standard output is COMMAND's, or nobody's.
  orders.dup(STDERR_FILENO, STDOUT_FILENO);
  return orders.spawn(path, {command, file});
}

/// Empty when it went well.
std::string complaint(int status) {
  if (WIFSIGNALED(status)) return fmt::format("was killed by signal {}", WTERMSIG(status));
  if (WEXITSTATUS(status) == 0) return {};
  return fmt::format("ended with status {}", WEXITSTATUS(status));
}

}  // namespace

Result<std::unique_ptr<PostRotate>> PostRotate::create(const std::string& command,
                                                       std::optional<DescriptorLimit> descriptors,
                                                       const cli::Diagnostics& diagnostics) {
  auto path = find_program(command);
  if (!path) {
    auto refusal = fail_errno(fmt::format("--post-rotate: run {}", command), path.error());
    refusal.error().hint =
        "it is one word, the name of a program; what needs arguments can be a script";
    return refusal;
  }
  return std::unique_ptr<PostRotate>(
      new PostRotate(command, *std::move(path), descriptors, diagnostics));
}

void PostRotate::start(const std::string& file) {
  {
    const std::lock_guard lock(mutex_);
    ++running_;
  }
  try {
    std::thread([this, file] {
      run(file);
      end_one();
    }).detach();
  } catch (const std::system_error& error) {
    diagnostics_.warning(fmt::format("run {} {}: {}", command_, file, error.code().message()));
    end_one();
  }
}

void PostRotate::run(const std::string& file) {
  // Of this thread alone, and inherited: the command never runs at ours, and whoever closed the
  // file does not wait for a thread of low priority.
  static_cast<void>(::setpriority(PRIO_PROCESS, 0, kLowestPriority));
  // It must not be taken for an option.
  const std::string argument = file.starts_with('-') ? "./" + file : file;
  const auto pid = spawn(path_, command_, argument);
  if (!pid) {
    diagnostics_.warning(
        fmt::format("run {} {}: {}", command_, file, std::system_category().message(pid.error())));
    return;
  }
  // Connections need the higher one while it starts: here it can only be lowered afterwards.
  if (descriptors_) set_descriptor_limit_of(*pid, *descriptors_);
  int status = 0;
  while (::waitpid(*pid, &status, 0) < 0) {
    if (errno != EINTR) return;
  }
  if (const std::string why = complaint(status); !why.empty())
    diagnostics_.warning(fmt::format("{} {} {}", command_, file, why));
}

void PostRotate::end_one() {
  const std::lock_guard lock(mutex_);
  --running_;
  // While the lock is held: afterwards there may be nobody to notify.
  ended_.notify_all();
}

void PostRotate::wait() {
  std::unique_lock lock(mutex_);
  ended_.wait(lock, [this] { return running_ == 0; });
}

}  // namespace mitm::record
