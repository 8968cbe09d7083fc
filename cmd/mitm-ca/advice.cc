#include "cmd/mitm-ca/advice.h"

#include <fmt/format.h>

#include <algorithm>

namespace mitm::ca {
namespace {

using trust::ClientKind;
using trust::Kind;

std::string env_command(const Case& given) {
  return fmt::format("eval \"$({})\"", given.command("env"));
}

std::string install_command_for(const Case& given, Kind kind) {
  return given.command(fmt::format("install --store {}", trust::to_string(kind)));
}

/// A variable that takes the place of the store that the client would look into.
std::string deciding_variable(const Case& given) {
  for (const std::string& name : trust::variables_of(given.client.kind)) {
    const auto value = given.variable(name);
    if (value && !value->empty()) return name;
  }
  return {};
}

std::vector<const Sight*> stores_of(const Case& given, Kind kind) {
  std::vector<const Sight*> stores;
  for (const Sight& sight : given.sights) {
    const bool other_profile =
        given.client.kind == ClientKind::kFirefox && sight.store.path != given.client.database;
    const bool other_browser =
        given.client.kind == ClientKind::kChromium && !sight.store.name.starts_with("Chromium");
    if (sight.store.kind == kind && !other_profile && !other_browser) stores.push_back(&sight);
  }
  return stores;
}

Advice without_store(const Case& given, Kind kind) {
  if (kind != Kind::kNss) return {"it looks into no store that is known here", env_command(given)};
  return {"it has no database of certificates yet",
          fmt::format("mkdir -p ~/.pki/nssdb && certutil -N --empty-password -d "
                      "sql:$HOME/.pki/nssdb && {}",
                      install_command_for(given, kind))};
}

}  // namespace

Advice advise(const Case& given) {
  if (given.client.kind == ClientKind::kNode)
    return {"it brings its own list, and adds what $NODE_EXTRA_CA_CERTS names", env_command(given)};
  if (const std::string name = deciding_variable(given); !name.empty())
    return {fmt::format("${} decides what it trusts", name), env_command(given)};
  const Kind kind = trust::store_of(given.client.kind).value_or(Kind::kSystem);
  const auto stores = stores_of(given, kind);
  if (stores.empty()) return without_store(given, kind);
  const auto failed =
      std::ranges::find_if(stores, [](const Sight* sight) { return !sight->entries.has_value(); });
  if (failed != stores.end())
    return {(*failed)->entries.error().message, (*failed)->entries.error().hint};
  const bool trusted = std::ranges::any_of(
      stores, [&](const Sight* sight) { return trust::is_trusted(*sight->entries, given.sha256); });
  if (!trusted)
    return {fmt::format("the CA is not in {}", describe(stores.front()->store)),
            install_command_for(given, kind)};
  if (kind == Kind::kNss) return {"the CA is in its database; is it running still?", ""};
  return {
      fmt::format("the CA is in {}, which it does not look into", describe(stores.front()->store)),
      env_command(given)};
}

}  // namespace mitm::ca
