#include "lib/base/error.h"

#include <fmt/format.h>

#include <system_error>
#include <utility>

namespace mitm {

std::unexpected<Error> fail(Code code, std::string message, std::string hint) {
  return std::unexpected(Error{code, std::move(message), std::move(hint)});
}

std::unexpected<Error> fail_errno(std::string_view what, int err) {
  return fail(Code::kIo, fmt::format("{}: {}", what, std::system_category().message(err)));
}

}  // namespace mitm
