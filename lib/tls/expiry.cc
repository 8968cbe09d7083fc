#include "lib/tls/expiry.h"

#include <fmt/format.h>

#include "lib/tls/home.h"

namespace mitm::tls {
namespace {

constexpr auto kNotice = std::chrono::days(30);

}  // namespace

std::optional<Error> expiry_warning(Time not_after, Time now, const std::filesystem::path& home) {
  if (not_after - now > kNotice) return std::nullopt;
  const std::string when = format_rfc3339(not_after).substr(0, 19) + "Z";
  const auto days = std::chrono::floor<std::chrono::days>(not_after - now).count();
  std::string message =
      fmt::format("the CA expires on {}, in {} day{}", when, days, days == 1 ? "" : "s");
  if (now > not_after) message = fmt::format("the CA expired on {}", when);
  return Error{Code::kTls, std::move(message),
               fmt::format("make another one, and have it trusted where this one is: {}",
                           ca_command(home, "rotate"))};
}

}  // namespace mitm::tls
