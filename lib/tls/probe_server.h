#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "lib/base/error.h"
#include "lib/tls/leaf.h"

namespace mitm::tls {

/// How a client took a certificate.
struct ProbeVerdict {
  bool trusted = false;  ///< it sent a request
  std::string reason;    ///< otherwise: the alert that it sent, or that it just went away
};

/// A server on loopback that shows one certificate and notes who goes on after seeing it: what a
/// client does says more than what it prints. It answers every request with an empty page.
class ProbeServer {
 public:
  /// `leaf` must outlive it.
  static Result<std::unique_ptr<ProbeServer>> start(const Leaf& leaf);
  ProbeServer(const ProbeServer&) = delete;
  ProbeServer& operator=(const ProbeServer&) = delete;
  /// Waits for a connection that is being served, a second at most.
  ~ProbeServer();

  [[nodiscard]] std::uint16_t port() const;
  /// Nothing while nobody has come. Trust wins over a refusal, since browsers come several times.
  /// Any thread.
  [[nodiscard]] std::optional<ProbeVerdict> verdict() const;

 private:
  class Serving;

  explicit ProbeServer(std::unique_ptr<Serving> serving);

  std::unique_ptr<Serving> serving_;
};

}  // namespace mitm::tls
