#pragma once

#include <string>
#include <vector>

#include "cmd/mitm-record/environment.h"
#include "lib/base/bytes.h"
#include "lib/base/error.h"
#include "lib/flow/facts.h"
#include "lib/trust/bundles.h"

namespace mitm::record {

/// What is known before COMMAND is started.
struct Surroundings {
  Environment environment;  ///< ours
  flow::Endpoint proxy;
  Bytes ca_pem;
  Bytes system_pem;       ///< what the system trusts
  std::string directory;  ///< where the files of CommandEnvironment will be
};

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
CommandEnvironment command_environment(const Surroundings& surroundings,
                                       const trust::ReadCertificates& read);

}  // namespace mitm::record
