#include "lib/trust/stores.h"

#include <algorithm>

#include "lib/trust/java_store.h"
#include "lib/trust/nss_store.h"
#include "lib/trust/system_store.h"

namespace mitm::trust {

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::kSystem:
      return "system";
    case Kind::kNss:
      return "nss";
    case Kind::kJava:
      return "java";
  }
  return "";
}

Result<std::vector<Entry>> read_store(const Store& store, const Run& run) {
  switch (store.kind) {
    case Kind::kSystem:
      return read_system_store(store);
    case Kind::kNss:
      return read_nss_store(store, run);
    case Kind::kJava:
      break;
  }
  return read_java_store(store, run);
}

Result<std::vector<Action>> plan_install(const Store& store, const std::vector<Entry>& entries,
                                         const Certificate& certificate) {
  switch (store.kind) {
    case Kind::kSystem:
      return plan_system_install(store, entries, certificate);
    case Kind::kNss:
      return plan_nss_install(store, entries, certificate);
    case Kind::kJava:
      break;
  }
  return plan_java_install(store, entries, certificate);
}

Result<std::vector<Action>> plan_removal(const Store& store, const std::vector<Entry>& entries,
                                         const std::vector<std::string>& fingerprints) {
  switch (store.kind) {
    case Kind::kSystem:
      return plan_system_removal(store, entries, fingerprints);
    case Kind::kNss:
      return plan_nss_removal(store, entries, fingerprints);
    case Kind::kJava:
      break;
  }
  return plan_java_removal(store, entries, fingerprints);
}

bool is_trusted(const std::vector<Entry>& entries, std::string_view sha256) {
  return std::ranges::any_of(
      entries, [&](const Entry& entry) { return entry.sha256 == sha256 && entry.trusted; });
}

bool is_there(const std::vector<Entry>& entries, std::string_view sha256) {
  return std::ranges::find(entries, sha256, &Entry::sha256) != entries.end();
}

bool is_ours(const Entry& entry) {
  const std::string_view handle = entry.handle;
  // Debian calls what its own store hands on to Java's "debian:NAME.pem".
  const auto name = handle.substr(handle.find_last_of("/:") + 1);
  return name.starts_with("mitmkit-") || entry.subject.ends_with(",O=mitmkit");
}

}  // namespace mitm::trust
