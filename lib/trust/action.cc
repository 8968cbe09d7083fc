#include "lib/trust/action.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "lib/base/io.h"
#include "lib/base/shell_word.h"

namespace mitm::trust {
namespace {

namespace fs = std::filesystem;

/// The programs that stores are kept with, and the packages that bring them.
std::string package_hint(std::string_view program) {
  if (program == "certutil") {
    return "install it: package libnss3-tools (Debian), nss-tools (Fedora), nss (Arch), "
           "mozilla-nss-tools (SUSE)";
  }
  if (program == "sudo") return "run this as root";
  return {};
}

/// What NSS's errors mean to whoever has such a database.
std::string hint_for(std::string_view said) {
  constexpr auto kHints = std::to_array<std::pair<std::string_view, std::string_view>>({
      {"SEC_ERROR_BAD_DATABASE",
       "it is damaged, or a program keeps it to itself: close the browser and try again"},
      {"SEC_ERROR_BAD_PASSWORD",
       "it has a primary password: remove that in the browser's settings for as long as this "
       "takes"},
      {"SEC_ERROR_TOKEN_NOT_LOGGED_IN",
       "it has a primary password: remove that in the browser's settings for as long as this "
       "takes"},
      {"SEC_ERROR_READ_ONLY", "it cannot be written by this user"},
  });
  for (const auto& [error, hint] : kHints)
    if (said.find(error) != std::string_view::npos) return std::string(hint);
  return {};
}

std::string last_line(std::string_view text) {
  while (text.ends_with('\n') || text.ends_with(' ')) text.remove_suffix(1);
  const auto start = text.rfind('\n');
  return std::string(start == std::string_view::npos ? text : text.substr(start + 1));
}

std::string command_line(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + shell_word(word);
  return line;
}

/// The same, by a program that root may run.
RunProgram as_program(const Action& action) {
  if (const auto* write = std::get_if<WriteFile>(&action.what)) {
    // Whoever reads the file meanwhile, or after a full disk, sees the old one or the new one.
    constexpr auto kReplace =
        R"sh(t=$(mktemp "$1.XXXXXX") && cat >"$t" && { [ ! -e "$1" ] || chown "$(stat -c %u:%g "$1")" "$t"; } && chmod "$2" "$t" && mv -f "$t" "$1" || { rm -f "$t"; exit 1; })sh";
    return {{"sudo", "sh", "-c", kReplace, "sh", write->path.string(),
             fmt::format("{:04o}", write->mode)},
            write->content};
  }
  if (const auto* remove = std::get_if<RemoveFile>(&action.what))
    return {{"sudo", "rm", "-f", "--", remove->path.string()}};
  RunProgram program = std::get<RunProgram>(action.what);
  program.words.insert(program.words.begin(), "sudo");
  return program;
}

/// Through a file that is not in place yet, so that nobody sees it with another owner.
Status write_file(const WriteFile& write) {
  struct stat before{};
  if (::geteuid() != 0 || ::stat(write.path.c_str(), &before) != 0 ||
      (before.st_uid == 0 && before.st_gid == ::getegid()))
    return write_file_atomically(write.path, write.content, write.mode, IfExists::kReplace);
  const fs::path staged = write.path.string() + ".mitmkit";
  MITM_TRY(write_file_atomically(staged, write.content, 0600, IfExists::kReplace));
  const bool done = ::lchown(staged.c_str(), before.st_uid, before.st_gid) == 0 &&
                    ::chmod(staged.c_str(), write.mode) == 0 &&
                    ::rename(staged.c_str(), write.path.c_str()) == 0;
  if (done) return {};
  const int error = errno;
  ::unlink(staged.c_str());
  return fail_errno(fmt::format("write {}", write.path.string()), error);
}

Status perform_program(const RunProgram& program, const Run& run) {
  const auto outcome = run_program(program, run);
  if (!outcome) return std::unexpected(outcome.error());
  return {};
}

Status remove_file(const std::filesystem::path& path) {
  if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
  return fail_errno(fmt::format("remove {}", path.string()));
}

}  // namespace

std::string describe(const Action& action) {
  if (const auto* write = std::get_if<WriteFile>(&action.what))
    return fmt::format("write {}{}", write->path.string(), action.as_root ? " (with sudo)" : "");
  if (const auto* removed = std::get_if<RemoveFile>(&action.what))
    return fmt::format("remove {}{}", removed->path.string(), action.as_root ? " (with sudo)" : "");
  const auto& program = std::get<RunProgram>(action.what);
  return fmt::format("run {}{}{}", action.as_root ? "sudo " : "", command_line(program.words),
                     program.input.empty() ? "" : " <certificate");
}

Result<Outcome> run_program(const RunProgram& program, const Run& run) {
  const std::string& name = program.words.front();
  Invocation command{.words = program.words, .input = program.input};
  // A directory of ours need not be there.
  if (name == "chroot") command.environment.emplace_back("TMPDIR", std::nullopt);
  auto outcome = run(command);
  if (!outcome) {
    Error error = std::move(outcome).error();
    if (error.code == Code::kUnsupported) error.hint = package_hint(name);
    return std::unexpected(std::move(error));
  }
  if (outcome->status == 0) return outcome;
  const std::string said = last_line(outcome->errors.empty() ? outcome->output : outcome->errors);
  // Programs like to begin with their own name.
  std::string message = said.starts_with(name) ? said : fmt::format("{}: {}", name, said);
  if (said.empty()) message = fmt::format("{} ended with status {}", name, outcome->status);
  return fail(Code::kIo, std::move(message), hint_for(said));
}

Status perform(const Action& action, const Run& run) {
  if (action.as_root) return perform_program(as_program(action), run);
  if (const auto* write = std::get_if<WriteFile>(&action.what)) return write_file(*write);
  if (const auto* removed = std::get_if<RemoveFile>(&action.what))
    return remove_file(removed->path);
  return perform_program(std::get<RunProgram>(action.what), run);
}

}  // namespace mitm::trust
