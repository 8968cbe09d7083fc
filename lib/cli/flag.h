#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

/// The table that each program writes once. The parser (parse.h), --help (help.h), the manual page
/// (man.h) and the completions (completion.h) are renderings of it; check.h says when it is sound.
///
/// Texts are ASCII. Where a comment below says "prose", `\flag{name}` may stand in them for another
/// flag of the same table, and every rendering shows it in its own way.
namespace mitm::cli {

/// What a shell offers as the value of a flag or positional.
enum class Complete : std::uint8_t {
  kNone,
  kFile,
  kDirectory,
  kHost,
  kChoice,      ///< one of `choices`; the parser refuses everything else
  kSuggestion,  ///< `choices` are offered, other values are allowed
};

struct Flag {
  std::string long_name = {};   ///< without dashes, two letters at least
  char short_name = 0;          ///< 0: none
  std::string value_name = {};  ///< "FILE"; empty: a switch, which takes no value
  std::string category = {};    ///< heading under which help and manual list it
  std::string summary = {};     ///< one line for --help and completions, no full stop
  std::string details = {};     ///< prose for the manual; paragraphs are separated by an empty line
  Complete complete = Complete::kNone;
  std::vector<std::string> choices = {};
  /// With kChoice: the value where none of `choices` follows; empty: there must be one.
  std::string if_alone = {};
  bool repeatable = false;  ///< every occurrence counts; otherwise the last one wins

  [[nodiscard]] bool is_switch() const { return value_name.empty(); }
};

struct Example {
  std::string command = {};   ///< a whole command line
  std::string sentence = {};  ///< what it does
};

inline constexpr std::size_t kAnyNumber = std::numeric_limits<std::size_t>::max();

struct Positional {
  std::string name = {};  ///< "FILTER"
  std::string summary = {};
  std::size_t at_least = 0;
  std::size_t at_most =
      1;  ///< kAnyNumber: no bound; only the last positional may have more than one
  Complete complete = Complete::kNone;
};

/// A row of EXIT STATUS.
struct ExitStatus {
  int status = 0;
  std::string meaning = {};  ///< prose
};

/// A row of FILES, of ENVIRONMENT or of a further section.
struct Described {
  std::string name = {};
  std::string meaning = {};  ///< prose
};

/// A further section of the manual.
struct Section {
  std::string title = {};                    ///< "SIGNALS"
  std::vector<std::string> paragraphs = {};  ///< prose
  std::vector<Described> rows = {};          ///< after the paragraphs
};

/// What `mitm-ca init` is to `mitm-ca`. Its flags are accepted besides the program's.
struct Subcommand {
  std::string name = {};
  std::string summary = {};
  std::vector<std::string> synopsis = {};     ///< what follows "PROGRAM NAME", one string a form
  std::vector<std::string> description = {};  ///< prose
  std::vector<Example> examples = {};
  std::vector<Positional> positionals = {};
  std::vector<Flag> flags = {};
};

struct Program {
  std::string name = {};
  std::string summary = {};                ///< one line, no full stop
  std::vector<std::string> synopsis = {};  ///< what follows the name, one string a form
  std::vector<Example> examples = {};
  std::vector<std::string> description = {};  ///< prose
  std::vector<Positional> positionals = {};
  /// What stands after `--`, such as "COMMAND ARG...". Empty: words after `--` are positionals.
  std::string command = {};
  std::vector<Flag> flags = {};
  std::vector<Subcommand> subcommands = {};  ///< not empty: the first positional names one of them
  std::vector<ExitStatus> exit_statuses = {};
  std::vector<Described> files = {};
  std::vector<Described> environment = {};
  std::vector<Section> sections = {};
  std::vector<std::string> see_also = {};  ///< "mitm-ca(1)"
};

inline constexpr std::string_view kGeneralCategory = "General";

/// `--color auto|always|never`, for programs whose output has colours. run_program obeys it.
Flag color_flag();

/// The flags that are valid for `subcommand` (null: the program itself): its own ones, the
/// program's, and --help and --version, which every program has.
std::vector<Flag> all_flags(const Program& program, const Subcommand* subcommand = nullptr);

/// Null when there is none of that name. `flags` owns what is returned.
const Flag* find_long(const std::vector<Flag>& flags, std::string_view long_name);
const Flag* find_short(const std::vector<Flag>& flags, char short_name);
const Subcommand* find_subcommand(const Program& program, std::string_view name);

}  // namespace mitm::cli
