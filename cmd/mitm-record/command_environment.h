#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "cmd/mitm-record/environment.h"
#include "lib/base/bytes.h"
#include "lib/base/error.h"
#include "lib/flow/facts.h"

namespace mitm::record {

/// What is known before COMMAND is started.
struct Surroundings {
  Environment environment;  ///< ours
  flow::Endpoint proxy;
  Bytes ca_pem;
  Bytes system_pem;       ///< what the system trusts
  std::string directory;  ///< where the files of CommandEnvironment will be
};

/// More than this is not taken from any file, nor from all directories of $SSL_CERT_DIR together.
inline constexpr std::size_t kMaxCertificates = 16 << 20;

/// The content of a file, or of all files of a directory; kLimit when that is more than `limit`.
using ReadFile = std::function<Result<Bytes>(const std::string& path, std::size_t limit)>;

struct CommandFile {
  std::string path;
  Bytes content;
  unsigned mode = 0600;
};

/// What COMMAND and its children need to use the proxy and to trust it, whatever they run on.
struct CommandEnvironment {
  Environment environment;
  std::vector<CommandFile> files;  ///< must exist before COMMAND starts
  std::vector<std::string> warnings;
};

/// Applies the table of variables.h. Certificates that the variables name already stay trusted,
/// beside the system's and ours; what cannot be read is left out with a warning.
CommandEnvironment command_environment(const Surroundings& surroundings, const ReadFile& read);

}  // namespace mitm::record
