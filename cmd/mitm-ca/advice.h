#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "cmd/mitm-ca/store_choice.h"
#include "lib/trust/clients.h"

namespace mitm::ca {

/// Why a client does not trust the CA, and the command that mends it.
struct Advice {
  std::string why;
  std::string mend;
};

/// What is known where advice is given.
struct Case {
  const trust::Client& client;
  const std::vector<Sight>& sights;
  std::string sha256;                                                      ///< of the CA
  std::function<std::optional<std::string>(const std::string&)> variable;  ///< of the environment
  std::function<std::string(std::string_view)> command;  ///< the line that runs mitm-ca with words
};

Advice advise(const Case& given);

}  // namespace mitm::ca
