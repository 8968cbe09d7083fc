#include "lib/tls/succession.h"

#include <openssl/obj_mac.h>

#include <algorithm>

namespace mitm::tls {
namespace {

/// One that lives no longer than this is warned of from its first day on.
constexpr std::int64_t kShortLife = 60;

/// As many as the old one had, or more where it would end before that. One that was made for a
/// short while is followed by one with the usual life.
int days_like(const CaCertificate& old, Time now) {
  const auto life = old.facts.not_after - old.facts.not_before - CaOptions::kBackdate;
  const auto had = std::chrono::round<std::chrono::days>(life).count();
  const auto left = std::chrono::ceil<std::chrono::days>(old.facts.not_after - now).count();
  if (had <= kShortLife) return CaOptions().days;
  return static_cast<int>(
      std::clamp<std::int64_t>(std::max<std::int64_t>(had, left), 1, CaOptions::kMaxDays));
}

}  // namespace

Result<CaOptions> successor_options(const CaCertificate& old, Time now) {
  auto purposes = common_extension(old.path, NID_ext_key_usage);
  if (!purposes) {
    Error error = std::move(purposes).error();
    error.hint = "make another CA with mitm-ca init --force";
    return std::unexpected(std::move(error));
  }
  return CaOptions{.name = old.common_name,
                   .days = days_like(old, now),
                   .key = old.facts.key.starts_with("RSA") ? KeyType::kRsa : KeyType::kEc,
                   .key_purposes = *std::move(purposes)};
}

Status inherit_constraints(const CaCertificate& old, CaOptions& options) {
  auto constraints = common_extension(old.path, NID_name_constraints);
  if (!constraints) {
    Error error = std::move(constraints).error();
    error.message += ", so that it is not clear what another CA may sign";
    error.hint = "say what it may: --permit DOMAIN";
    return std::unexpected(std::move(error));
  }
  options.name_constraints = *std::move(constraints);
  return {};
}

}  // namespace mitm::tls
