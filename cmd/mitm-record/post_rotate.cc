#include "cmd/mitm-record/post_rotate.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>
#include <thread>

#include "cmd/mitm-record/child.h"

namespace mitm::record {
namespace {

constexpr int kLowestPriority = 19;

class Orders {
 public:
  Orders() {
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawn_file_actions_init(&actions_);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP);
    ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    // Standard output is COMMAND's, or nobody's.
    ::posix_spawn_file_actions_adddup2(&actions_, STDERR_FILENO, STDOUT_FILENO);
  }
  Orders(const Orders&) = delete;
  Orders& operator=(const Orders&) = delete;
  ~Orders() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  int spawn(pid_t& pid, const std::string& path, std::string command, std::string file) {
    char* const arguments[] = {command.data(), file.data(), nullptr};
    return ::posix_spawn(&pid, path.c_str(), &actions_, &attributes_, arguments, environ);
  }

 private:
  posix_spawnattr_t attributes_{};
  posix_spawn_file_actions_t actions_{};
};

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
  auto path = Child::find(command);
  if (!path) {
    return fail(Code::kIo, "--post-rotate: " + path.error().error.message,
                "it is one word, the name of a program; what needs arguments can be a script");
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
  pid_t pid = 0;
  if (const int err = Orders().spawn(pid, path_, command_, argument); err != 0) {
    diagnostics_.warning(
        fmt::format("run {} {}: {}", command_, file, std::system_category().message(err)));
    return;
  }
  // Connections need the higher one while it starts: here it can only be lowered afterwards.
  if (descriptors_) set_descriptor_limit_of(pid, *descriptors_);
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0) {
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
