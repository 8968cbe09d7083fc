#pragma once

#include <functional>
#include <string>

#include "lib/base/error.h"

namespace mitm::tls {

/// Asked for the passphrase of what an error message would call `name`, once it turns out that one
/// is needed. Empty function: nobody can be asked.
using AskPassphrase = std::function<Result<std::string>(const std::string& name)>;

}  // namespace mitm::tls
