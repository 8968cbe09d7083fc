#include "lib/cli/run.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <exception>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include "lib/cli/color.h"
#include "lib/cli/completion.h"
#include "lib/cli/help.h"
#include "lib/cli/man.h"
#include "lib/cli/output.h"

namespace mitm::cli {
namespace {

/// /dev/null, opened the wrong way round, so that using it still fails.
void occupy_standard_descriptors() {
  constexpr std::array kWrongWay = {O_WRONLY, O_RDONLY, O_RDONLY};
  for (int fd = 0; fd < 3; ++fd) {
    if (::fcntl(fd, F_GETFD) >= 0) continue;
    const int opened = ::open("/dev/null", kWrongWay.at(static_cast<std::size_t>(fd)));
    if (opened > 2) ::close(opened);
  }
}

std::string try_help(const Program& program, const std::string& subcommand) {
  return fmt::format("try '{}{}{} --help'", program.name, subcommand.empty() ? "" : " ",
                     subcommand);
}

int report(const Program& program, const Diagnostics& diagnostics, const Error& error,
           const std::string& subcommand) {
  if (error == output_closed()) return kExitSuccess;
  diagnostics.error(error);
  if (error.code != Code::kUsage) return kExitFailure;
  diagnostics.hint(try_help(program, subcommand));
  return kExitUsage;
}

Status print(const std::string& text) {
  Output output;
  MITM_TRY(output.write(text));
  return output.close();
}

/// The text that was asked for instead of the program's work.
std::optional<std::string> information(const Program& program, const ParsedOptions& options) {
  if (options.has("help"))
    return render_help(program, find_subcommand(program, options.subcommand()));
  if (options.has("version")) return fmt::format("{} {}\n", program.name, MITM_VERSION);
  return std::nullopt;
}

Result<std::string> render_docs(const Program& program, const std::string& kind) {
  if (kind == "man") return render_man(program);
  if (kind == "bash") return render_bash_completion(program);
  if (kind == "zsh") return render_zsh_completion(program);
  if (kind == "fish") return render_fish_completion(program);
  return fail(Code::kUsage,
              fmt::format("option --render-docs: '{}' is not one of man, bash, zsh, fish", kind));
}

/// The subcommand that a failed command line was meant for, so that the hint names the right help.
std::string attempted_subcommand(const Program& program,
                                 const std::vector<std::string>& arguments) {
  for (const std::string& argument : arguments) {
    if (find_subcommand(program, argument) != nullptr) return argument;
  }
  return {};
}

Result<int> run_parsed(const Program& program, const ParsedOptions& options,
                       const Diagnostics& diagnostics, const Body& body) {
  if (const auto text = information(program, options)) {
    MITM_TRY(print(*text));
    return kExitSuccess;
  }
  return body(options, diagnostics);
}

ColorChoice color_choice(const Program& program, const ParsedOptions& options) {
  if (find_long(program.flags, "color") == nullptr) return ColorChoice::kAuto;
  return parse_color_choice(options.value_or("color", "auto")).value_or(ColorChoice::kAuto);
}

int run(const Program& program, const std::vector<std::string>& arguments, const Body& body) {
  const Diagnostics early(program.name, use_color(ColorChoice::kAuto, STDERR_FILENO));
  if (arguments.size() == 2 && arguments.front() == "--render-docs") {
    const auto text = render_docs(program, arguments.back());
    if (!text) return report(program, early, text.error(), {});
    const Status printed = print(*text);
    return printed ? kExitSuccess : report(program, early, printed.error(), {});
  }
  const auto options = parse(program, arguments);
  if (!options) {
    return report(program, early, options.error(), attempted_subcommand(program, arguments));
  }
  const Diagnostics diagnostics(program.name,
                                use_color(color_choice(program, *options), STDERR_FILENO));
  const Result<int> status = run_parsed(program, *options, diagnostics, body);
  if (status) return *status;
  // The line was understood: where there is better advice, the help has none.
  if (status.error().code == Code::kUsage && !status.error().hint.empty()) {
    diagnostics.error(status.error());
    return kExitUsage;
  }
  return report(program, diagnostics, status.error(), options->subcommand());
}

}  // namespace

int run_program(const Program& program, int argc, char** argv, const Body& body) try {
  occupy_standard_descriptors();
  std::signal(SIGPIPE, SIG_IGN);
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  return run(program, arguments, body);
} catch (const std::bad_alloc&) {
  Diagnostics(program.name).error("out of memory");
  return kExitFailure;
} catch (const std::exception& exception) {
  Diagnostics(program.name).error(fmt::format("internal error: {}", exception.what()));
  return kExitFailure;
} catch (...) {
  Diagnostics(program.name).error("internal error: unknown exception");
  return kExitFailure;
}

}  // namespace mitm::cli
