#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "cmd/mitm-record/config.h"
#include "lib/base/time.h"
#include "lib/cli/diagnostics.h"
#include "lib/proxy/tls_policy.h"
#include "lib/tls/ca.h"
#include "lib/tls/ca_store.h"
#include "lib/tls/key_log.h"
#include "lib/tls/leaf_cache.h"
#include "lib/tls/leg.h"
#include "lib/tls/minter.h"

namespace mitm::record {

/// What opening TLS needs, made of what the user asked for: the CA, the certificates, both legs.
class TlsSetup {
 public:
  /// `config` and `clock` must outlive it.
  static Result<std::unique_ptr<TlsSetup>> open(const Config& config, const Clock& clock,
                                                const cli::Diagnostics& diagnostics);

  [[nodiscard]] const std::filesystem::path& home() const { return home_; }
  /// What a client has to trust: the CA, former ones, and whose servers may be passed through.
  [[nodiscard]] const Bytes& ca_pem() const { return ca_pem_; }
  /// With the certificates that the user brings.
  [[nodiscard]] const proxy::TlsPolicy& policy() const { return policy_; }
  [[nodiscard]] tls::LeafCache& leaves() { return *leaves_; }
  [[nodiscard]] tls::ServerLeg& server_leg() { return *server_leg_; }
  [[nodiscard]] tls::ClientLeg& client_leg() { return *client_leg_; }
  /// The log of secrets becomes the user's.
  Status give_to(const User& user) const {
    return key_log_ ? give_file(key_log_->descriptor(), config_.tls.key_log->string(), user)
                    : Status{};
  }
  /// Of the log of secrets, if there is one: see KeyLog::reopen().
  Status reopen_key_log();
  /// The first failure to write secrets where they should be logged.
  [[nodiscard]] Status key_log_status() const { return key_log_ ? key_log_->status() : Status{}; }

 private:
  TlsSetup(const Config& config, const Clock& clock)
      : config_(config), clock_(clock), policy_(config.proxy.tls) {}
  [[nodiscard]] Result<tls::LoadedCa> load_ca() const;
  [[nodiscard]] Status check_key_log() const;
  Status open_ca(const cli::Diagnostics& diagnostics);
  Status open_key_log();
  Status open_legs();
  static Status load(const std::vector<IdentityFile>& files, proxy::Identities& identities);

  const Config& config_;
  const Clock& clock_;
  std::filesystem::path home_;
  proxy::TlsPolicy policy_;
  std::optional<tls::CertificateAuthority> ca_;
  Bytes ca_pem_;
  std::unique_ptr<tls::LeafMinter> minter_;
  std::optional<tls::LeafCache> leaves_;
  std::shared_ptr<tls::KeyLog> key_log_;  // null: none
  std::optional<tls::ServerLeg> server_leg_;
  std::optional<tls::ClientLeg> client_leg_;
};

}  // namespace mitm::record
