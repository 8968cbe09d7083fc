#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "lib/base/network.h"
#include "lib/flow/record.h"
#include "lib/proxy/credentials.h"
#include "lib/proxy/http1_recording.h"
#include "lib/proxy/routes.h"
#include "lib/proxy/stillness.h"
#include "lib/proxy/tls_policy.h"

namespace mitm::proxy {

/// What the user decided. Never changes while the proxy runs.
struct Settings {
  RecordingOptions recording;
  /// A CONNECT is answered, and TLS with the client begun, before the server is asked for anything.
  bool connect_lazily = false;
  bool insecure = false;  ///< go on when a server's certificate cannot be verified
  TlsPolicy tls;
  Routes routes;
  Credentials credentials;  ///< who may use explicit entrances; empty: anybody who reaches them
  Networks allowed;         ///< who may use guarded ones, besides this machine
  bool keep_host =
      false;  ///< servers of reverse entrances get Host and SNI as the client sent them
  std::chrono::milliseconds pin_memory{0};              ///< see PinMemory
  std::chrono::milliseconds connect_timeout{10'000};    ///< name resolution and TCP handshake
  std::chrono::milliseconds handshake_timeout{20'000};  ///< each TLS handshake, ClientHello too
  std::chrono::milliseconds head_timeout{60'000};       ///< a client's request head or SOCKS
  StillnessLimits stillness;
  std::chrono::milliseconds write_timeout{60'000};  ///< a peer that reads nothing of our last words
  std::chrono::milliseconds linger_timeout{5'000};  ///< a peer that does not close after them
};

/// Told of what the user should mend about how traffic arrives and leaves, as often as it comes.
/// Any thread.
using Report = std::function<void(const flow::FlowError& error, const std::string& hint)>;

}  // namespace mitm::proxy
