#include "cmd/mitm-record/tls_setup.h"

#include <fmt/format.h>

#include <cstdlib>
#include <utility>

#include "cmd/mitm-record/acting_as.h"
#include "lib/tls/ca_store.h"
#include "lib/tls/expiry.h"
#include "lib/tls/former.h"
#include "lib/tls/home.h"
#include "lib/tls/identity_file.h"
#include "lib/tls/trust.h"

namespace mitm::record {
namespace {

/// In place of a file's name, with the option for which that means something.
constexpr std::string_view kNoCertificate = "none";
constexpr std::string_view kClientCert = "client-cert";

}  // namespace

Result<std::unique_ptr<TlsSetup>> TlsSetup::open(const Config& config, const Clock& clock,
                                                 const cli::Diagnostics& diagnostics) {
  std::unique_ptr<TlsSetup> setup(new TlsSetup(config, clock));
  MITM_TRY(load(config.tls.towards_servers, setup->policy_.towards_servers));
  MITM_TRY(load(config.tls.towards_clients, setup->policy_.towards_clients));
  MITM_TRY(setup->open_ca(diagnostics));
  MITM_TRY(setup->open_key_log());
  MITM_TRY(setup->open_legs());
  return setup;
}

Status TlsSetup::load(const std::vector<IdentityFile>& files, proxy::Identities& identities) {
  for (const IdentityFile& file : files) {
    if (file.path == kNoCertificate && file.option == kClientCert) {
      identities.add(file.hosts, nullptr);
      continue;
    }
    auto identity = tls::load_identity(file.path);
    if (!identity) {
      Error error = std::move(identity).error();
      error.message = fmt::format("--{}: {}", file.option, error.message);
      return std::unexpected(std::move(error));
    }
    identities.add(file.hosts, *std::move(identity));
  }
  return {};
}

Result<tls::LoadedCa> TlsSetup::load_ca() const {
  const auto& source = config_.tls.passphrase;
  if (!source) return tls::load_or_create_ca(home_, {}, clock_.now());
  const auto ask = [&](const std::string& name) { return source->read(name); };
  const auto ask_for_new = [&](const std::string& name) {
    return source->is_given() ? source->read(name) : Result<std::string>(std::string());
  };
  return tls::load_or_create_ca(home_, {}, clock_.now(), ask, ask_for_new);
}

Status TlsSetup::open_ca(const cli::Diagnostics& diagnostics) {
  auto home = tls::home_directory(config_.tls.home);
  if (!home) return std::unexpected(std::move(home).error());
  home_ = *std::move(home);
  auto loaded = load_ca();
  // Nothing that is started from here on has to know it.
  ::unsetenv("MITMKIT_PASSPHRASE");
  if (!loaded) return std::unexpected(std::move(loaded).error());
  if (loaded->created) {
    diagnostics.note(
        fmt::format("made a certificate authority: {}", tls::ca_certificate_path(home_).string()));
    if (config_.command.empty()) {
      diagnostics.hint(
          fmt::format("clients must trust it, to print it: {}", tls::ca_command(home_, "export")));
    }
  }
  ca_ = std::move(loaded->ca);
  policy_.signable = ca_->constraints();
  if (const auto warning = tls::expiry_warning(ca_->validity(), clock_.now(), home_))
    diagnostics.warning(fmt::format("{}; {}", warning->message, warning->hint));
  auto pem = ca_->certificate_pem();
  if (!pem) return std::unexpected(std::move(pem).error());
  ca_pem_ = *std::move(pem);
  const auto former = tls::load_former(home_);
  if (!former) return std::unexpected(former.error());
  for (const tls::CaCertificate& one : *former)
    if (clock_.now() <= one.facts.not_after) ca_pem_ += one.pem;
  auto minter = tls::LeafMinter::create(*ca_);
  if (!minter) return std::unexpected(std::move(minter).error());
  minter_ = *std::move(minter);
  leaves_.emplace(*minter_, clock_);
  return {};
}

/// By now its name may lead to something else than when the options were read.
Status TlsSetup::check_key_log() const {
  const auto& path = *config_.tls.key_log;
  MITM_TRY(tls::spare_ca_files(path, home_, "--keylog"));
  MITM_TRY(check_key_log_path(config_));
  return config_.user ? refuse_link(path.string()) : Status{};
}

Status TlsSetup::reopen_key_log() {
  if (!key_log_) return {};
  MITM_TRY(check_key_log());
  return key_log_->reopen();
}

Status TlsSetup::open_key_log() {
  if (!config_.tls.key_log) return {};
  MITM_TRY(check_key_log());
  const auto opener = whoever_may_open(*config_.tls.key_log, config_.user);
  if (!opener) return std::unexpected(opener.error());
  auto log = tls::KeyLog::open(*config_.tls.key_log, links_of(config_));
  if (!log) return std::unexpected(std::move(log).error());
  key_log_ = *std::move(log);
  return {};
}

Status TlsSetup::open_legs() {
  auto trust = tls::TrustStore::load({.extra = config_.tls.upstream_ca});
  if (!trust) return std::unexpected(std::move(trust).error());
  // A command that trusts what we trust can do with what is passed through.
  ca_pem_ += trust->extra_pem();
  auto server = tls::ServerLeg::create(*trust, {.insecure = config_.proxy.insecure,
                                                .versions = config_.tls.server_versions,
                                                .key_log = key_log_,
                                                .keep_secrets = config_.tls.record_secrets});
  if (!server) return std::unexpected(std::move(server).error());
  server_leg_ = *std::move(server);
  auto client = tls::ClientLeg::create({.versions = config_.tls.client_versions,
                                        .key_log = key_log_,
                                        .keep_secrets = config_.tls.record_secrets,
                                        .ask_certificate = config_.tls.ask_client_certificate});
  if (!client) return std::unexpected(std::move(client).error());
  client_leg_ = *std::move(client);
  return {};
}

}  // namespace mitm::record
