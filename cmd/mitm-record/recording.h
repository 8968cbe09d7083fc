#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <thread>

#include "cmd/mitm-record/archive_output.h"
#include "cmd/mitm-record/config.h"
#include "cmd/mitm-record/descriptors.h"
#include "cmd/mitm-record/inherited.h"
#include "cmd/mitm-record/ledger.h"
#include "cmd/mitm-record/tls_setup.h"
#include "lib/base/io.h"
#include "lib/cli/diagnostics.h"
#include "lib/flow/recorder.h"
#include "lib/net/signal_watch.h"
#include "lib/proxy/proxy.h"

namespace mitm::record {

/// What a recording tells, each on some thread of its own.
struct RecordingEvents {
  LedgerEvents ledger;
  proxy::PinMemory::Announce on_pinned;
  proxy::Report on_arrival;  ///< of connections that could not be taken
};

/// The proxy and the recorder with all they need: open(), start(), later drain(), wait() and
/// close(). One thread, but for what says otherwise.
class Recording {
 public:
  /// Everything that can fail for a reason that the user can mend: the CA, the trusted
  /// certificates, the listening address, the output. Clients can connect then, and wait. An
  /// earlier recording in the output is untouched until start().
  static Result<std::unique_ptr<Recording>> open(const Config& config, const Inherited& inherited,
                                                 const cli::Diagnostics& diagnostics,
                                                 RecordingEvents events);
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;
  ~Recording();

  /// The files that were opened become the user's. Before start().
  Status give_to(const User& user) const;
  Status start();
  void drain(std::chrono::milliseconds patience) { proxy_->drain(patience); }
  /// What is written goes on in files of the same names, or the next ones; those that were moved
  /// away are complete. Of the recording the ledger's events tell; fails when the log of secrets
  /// cannot be opened, which goes on as it was. Before close().
  Status reopen();
  void wait() { proxy_->wait(); }  ///< any thread
  /// Closes the recording and waits for the post-rotate commands; any thread.
  Status close();

  /// Where each of the ways in listens, in their order.
  [[nodiscard]] const std::vector<flow::Endpoint>& addresses() const { return addresses_; }
  /// Of the log of secrets; any thread.
  [[nodiscard]] Status key_log_status() const { return tls_->key_log_status(); }
  [[nodiscard]] const Bytes& ca_pem() const { return tls_->ca_pem(); }
  [[nodiscard]] const proxy::Counters& counters() const { return counters_; }
  /// Who was passed through because of what it refused.
  [[nodiscard]] std::vector<proxy::TlsClient> pinned() const { return pins_.all(); }
  Status write_ready_file(const std::filesystem::path& path) const;

 private:
  Recording(const Config& config, RecordingEvents events)
      : config_(config),
        events_(std::move(events)),
        settings_(config.proxy),
        own_sockets_(own_sockets_of(config)),
        pins_(config.proxy.pin_memory, clock_, events_.on_pinned) {}
  static net::OwnSockets::Options own_sockets_of(const Config& config);
  [[nodiscard]] Status clear_ready_file() const;
  [[nodiscard]] Status check_own_sockets() const;
  Status open_gates();
  Status open_output(const Inherited& inherited, const cli::Diagnostics& diagnostics);
  Status open_recorder();
  Status open_proxy();
  Result<std::unique_ptr<RecordKeeper>> make_consumer();

  const Config& config_;
  RecordingEvents events_;
  SystemClock clock_;
  proxy::Settings settings_;
  net::OwnSockets own_sockets_;
  proxy::PinMemory pins_;
  proxy::Counters counters_;
  proxy::Places places_;
  std::unique_ptr<TlsSetup> tls_;
  std::vector<proxy::Gate> gates_;
  std::unique_ptr<ArchiveOutput> output_;
  Ledger* ledger_ = nullptr;  ///< recorder_'s
  std::vector<flow::Endpoint> addresses_;
  std::unique_ptr<net::Resolver> resolver_ = std::make_unique<net::Resolver>(most_lookups());
  std::unique_ptr<flow::Recorder> recorder_;
  std::unique_ptr<proxy::Proxy> proxy_;
};

}  // namespace mitm::record
