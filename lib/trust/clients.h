#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "lib/base/subprocess.h"
#include "lib/trust/store.h"

/// Programs that make TLS connections each in a way of their own, and how to have one made.
namespace mitm::trust {

enum class ClientKind : std::uint8_t {
  kCurl,
  kOpenssl,
  kPython,
  kNode,
  kJava,
  kGo,
  kChromium,
  kFirefox,
};

struct Client {
  ClientKind kind = ClientKind::kCurl;
  std::string name;     ///< "curl", "firefox abcd.default"
  std::string program;  ///< its path
  std::filesystem::path database =
      {};  ///< whose certificates count: Firefox's profile, Chromium's, if any
  bool operator==(const Client&) const = default;
};

/// Where a client is to go. `host` is the name in the certificate; it need not resolve.
struct Destination {
  std::string host;
  std::uint16_t port = 0;
};

/// How to have a client make one connection and send a request if it trusts what it sees.
struct Attempt {
  Invocation command;
  /// What must lie in `directory` before: contents, and copies of other files.
  std::vector<std::pair<std::string, Bytes>> files = {};
  std::vector<std::pair<std::filesystem::path, std::string>> copies = {};
};

/// The clients on $PATH, and Firefox once for each profile among `stores`.
std::vector<Client> find_clients(const std::vector<Store>& stores);

/// `directory` is an empty one for this attempt. `is_root`: some browsers refuse root otherwise.
Attempt plan_attempt(const Client& client, const Destination& destination,
                     const std::filesystem::path& directory, bool is_root);

/// The environment variable that a client of this kind obeys instead of its store, or besides it
/// (node); empty: none.
std::vector<std::string> variables_of(ClientKind kind);

/// The kind of store that it looks into; nullopt: none that can be changed.
std::optional<Kind> store_of(ClientKind kind);

/// All names that doctor's --client knows.
std::vector<std::string> client_names();

}  // namespace mitm::trust
