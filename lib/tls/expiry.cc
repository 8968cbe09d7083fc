#include "lib/tls/expiry.h"

#include <fmt/format.h>

#include "lib/base/display.h"
#include "lib/tls/home.h"

namespace mitm::tls {
namespace {

constexpr auto kNotice = std::chrono::days(30);

}  // namespace

std::optional<Error> expiry_warning(const CaValidity& validity, Time now,
                                    const std::filesystem::path& home) {
  const Time end = validity.not_after;
  if (end - now > kNotice) return std::nullopt;
  const std::string what =
      validity.first_to_end.empty()
          ? "the CA"
          : fmt::format("the CA's certificate '{}'", printable(validity.first_to_end));
  const std::string when = format_rfc3339(end).substr(0, 19) + "Z";
  const auto days = std::chrono::floor<std::chrono::days>(end - now).count();
  std::string message =
      fmt::format("{} expires on {}, in {} day{}", what, when, days, days == 1 ? "" : "s");
  if (now > end) message = fmt::format("{} expired on {}", what, when);
  return Error{Code::kTls, std::move(message),
               fmt::format("make another one, and have it trusted where this one is: {}",
                           ca_command(home, "rotate"))};
}

}  // namespace mitm::tls
