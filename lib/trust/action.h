#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/error.h"
#include "lib/base/subprocess.h"

/// What is done to a store, as values: planned without touching anything, shown to people, and then
/// performed.
namespace mitm::trust {

struct WriteFile {
  std::filesystem::path path;
  Bytes content;
  unsigned mode = 0644;
  bool operator==(const WriteFile&) const = default;
};

struct RemoveFile {
  std::filesystem::path path;
  bool operator==(const RemoveFile&) const = default;
};

struct RunProgram {
  std::vector<std::string> words;
  Bytes input = {};  ///< its standard input: the certificate, or nothing
  bool operator==(const RunProgram&) const = default;
};

struct Action {
  std::variant<WriteFile, RemoveFile, RunProgram> what;
  bool as_root = false;  ///< we are not, and must be: through sudo
  bool operator==(const Action&) const = default;
};

/// One line for people: "write /a/b", "remove /a/b", "run update-ca-certificates".
std::string describe(const Action& action);

/// How programs are run; a parameter, so that tests need none.
using Run = std::function<Result<Outcome>(const Invocation&)>;

/// Does it. A program that fails is an error with the last line that it said.
Status perform(const Action& action, const Run& run);

/// The same for a program that only looks.
Result<Outcome> run_program(const RunProgram& program, const Run& run);

}  // namespace mitm::trust
