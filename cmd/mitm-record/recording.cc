#include "cmd/mitm-record/recording.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "cmd/mitm-record/access.h"
#include "cmd/mitm-record/acting_as.h"
#include "cmd/mitm-record/consumers.h"
#include "cmd/mitm-record/descriptors.h"
#include "cmd/mitm-record/ledger.h"
#include "lib/net/address.h"
#include "lib/net/own_addresses.h"
#include "lib/tls/ca_store.h"
#include "lib/tls/home.h"

namespace mitm::record {
namespace {

render::TextOptions text_options(const Config& config) {
  render::TextOptions options;
  options.color = config.color;
  if (config.verbosity > 0) {
    const auto most = static_cast<unsigned>(render::Detail::kEverything);
    const auto wanted = static_cast<unsigned>(render::Detail::kLine) + config.verbosity;
    options.detail = static_cast<render::Detail>(std::min(wanted, most));
  }
  return options;
}

/// Where it could not be listened on.
std::string hint_for(const flow::Endpoint& listener) {
  const bool ours = net::is_wildcard(listener.address) || net::is_local_address(listener.address);
  return ours ? "choose another port with -l, or let the system choose with -l 0"
              : "no interface of this machine has that address: see ip address";
}

}  // namespace

Result<std::unique_ptr<Recording>> Recording::open(const Config& config, const Inherited& inherited,
                                                   const cli::Diagnostics& diagnostics,
                                                   RecordingEvents events) {
  std::unique_ptr<Recording> recording(new Recording(config, std::move(events)));
  auto tls = TlsSetup::open(config, recording->clock_, diagnostics);
  if (!tls) return std::unexpected(std::move(tls).error());
  recording->tls_ = *std::move(tls);
  recording->settings_.tls = recording->tls_->policy();
  auto credentials = load_credentials(config.logins, diagnostics);
  if (!credentials) return std::unexpected(std::move(credentials).error());
  recording->settings_.credentials = *std::move(credentials);
  MITM_TRY(recording->open_gates());
  MITM_TRY(recording->clear_ready_file());
  MITM_TRY(recording->open_output(inherited, diagnostics));
  return recording;
}

Status Recording::give_to(const User& user) const {
  MITM_TRY(tls_->give_to(user));
  return output_ ? output_->give_to(user) : Status{};
}

Status Recording::start() {
  MITM_TRY(open_recorder());
  MITM_TRY(open_proxy());
  proxy_->start();
  return {};
}

Status Recording::reopen() {
  ledger_->ask_to_reopen();
  // So that it happens now, not with the next record.
  recorder_->submit({});
  return tls_->reopen_key_log();
}

Status Recording::close() {
  Status closed = recorder_->stop({});
  if (output_) output_->wait();
  return closed;
}

Recording::~Recording() {
  // The order matters. The recorder's thread tells the workers that there is room again, workers
  // hand records to the recorder, and the resolver's threads answer to the workers' loops.
  if (proxy_) proxy_->halt();
  recorder_.reset();
  resolver_.reset();
  proxy_.reset();
}

net::OwnSockets::Options Recording::own_sockets_of(const Config& config) {
  // Through the explicit entrance nobody comes who does not name it.
  const bool led = std::ranges::any_of(
      config.ways_in, [](const WayIn& way) { return way.entrance.mode != flow::Mode::kExplicit; });
  return {.mark = config.mark, .remember = led, .sources = config.sources};
}

Status Recording::check_own_sockets() const {
  const auto refused = [](Status status, const char* hint) {
    Error error = std::move(status).error();
    error.hint = hint;
    return std::unexpected(std::move(error));
  };
  if (config_.mark) {
    if (Status marked = net::can_mark(*config_.mark); !marked)
      return refused(std::move(marked), "--mark needs root, or the capability CAP_NET_ADMIN");
  }
  for (const net::SocketAddress& source : config_.sources) {
    if (Status bound = net::can_bind(source); !bound)
      return refused(std::move(bound), "--source needs an address of this machine");
  }
  return {};
}

Status Recording::open_gates() {
  MITM_TRY(check_own_sockets());
  for (const WayIn& way : config_.ways_in) {
    proxy::Gate gate{.entrance = way.entrance, .sockets = {}};
    const bool transparent = way.entrance.mode == flow::Mode::kTransparent;
    if (way.entrance.mode != flow::Mode::kExplicit) {
      auto destinations = net::open_original_destinations();
      if (!destinations && transparent) return std::unexpected(std::move(destinations).error());
      if (destinations) gate.entrance.destinations = *std::move(destinations);
    }
    auto sockets = net::bind_listeners(way.entrance.listener, config_.threads, transparent);
    if (!sockets) {
      Error error = std::move(sockets).error();
      error.hint = hint_for(way.entrance.listener);
      return std::unexpected(std::move(error));
    }
    gate.sockets = *std::move(sockets);
    gate.entrance.listener = net::local_endpoint(gate.sockets.front().get());
    own_sockets_.add_listener(gate.entrance.listener);
    addresses_.push_back(gate.entrance.listener);
    gates_.push_back(std::move(gate));
  }
  return {};
}

/// What an earlier run left must not be taken for ours.
Status Recording::clear_ready_file() const {
  if (!config_.ready_file) return {};
  const auto& path = *config_.ready_file;
  std::error_code ignored;
  const auto status = std::filesystem::status(path, ignored);
  if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status)) {
    return fail(Code::kUsage, fmt::format("--ready-file: {} is not a file", path.string()));
  }
  MITM_TRY(tls::spare_ca_files(path, tls_->home(), "--ready-file"));
  const auto opener = whoever_may_open(path, config_.user);
  if (!opener) return std::unexpected(opener.error());
  std::error_code error;
  std::filesystem::remove(path, error);
  if (error) return fail(Code::kIo, fmt::format("remove {}: {}", path.string(), error.message()));
  return {};
}

Status Recording::open_output(const Inherited& inherited, const cli::Diagnostics& diagnostics) {
  if (!config_.output.path) return {};
  const auto opener = whoever_may_open(*config_.output.path, config_.user);
  if (!opener) return std::unexpected(opener.error());
  auto output = ArchiveOutput::open(config_.output, {.home = tls_->home(),
                                                     .links = links_of(config_),
                                                     .descriptors = inherited.descriptors,
                                                     .clock = clock_,
                                                     .diagnostics = diagnostics});
  if (!output) return std::unexpected(std::move(output).error());
  output_ = *std::move(output);
  return {};
}

Result<std::unique_ptr<RecordKeeper>> Recording::make_consumer() {
  if (!config_.output.path) {
    return std::make_unique<PrintConsumer>(text_options(config_), config_.command.empty() ? 1 : 2);
  }
  auto writer = output_->start(
      {.totals = [this] { return counters_.totals(); },
       .on_last_over = [this] { ledger_->declare_enough(); },
       .on_truncated = [this](const std::string& path,
                              std::uint64_t lost) { return ledger_->lose(path, lost); }});
  if (!writer) return std::unexpected(std::move(writer).error());
  return std::make_unique<ArchiveConsumer>(*std::move(writer));
}

Status Recording::open_recorder() {
  std::unique_ptr<RecordKeeper> consumer;
  if (config_.output.path || !config_.quiet) {
    auto made = make_consumer();
    if (!made) return std::unexpected(std::move(made).error());
    consumer = *std::move(made);
  }
  auto ledger = std::make_unique<Ledger>(
      std::move(consumer), counters_, std::move(events_.ledger),
      LedgerOptions{.count = config_.output.count,
                    .leave_out_the_rest = config_.output.count || !config_.command.empty(),
                    .disk_full = config_.output.disk_full});
  ledger_ = ledger.get();
  std::vector<std::unique_ptr<flow::RecordConsumer>> consumers;
  consumers.push_back(std::move(ledger));
  const bool last_file_ends = config_.output.rotation && config_.output.rotation->interval &&
                              config_.output.rotation->count;
  recorder_ = std::make_unique<flow::Recorder>(
      std::move(consumers),
      flow::RecorderCallbacks{.on_drained = [this] { proxy_->resume(); }, .on_error = {}},
      flow::RecorderOptions{.tick =
                                last_file_ends || config_.output.sync.every > Duration::zero()});
  return {};
}

Status Recording::open_proxy() {
  const proxy::Services services{.settings = settings_,
                                 .resolver = *resolver_,
                                 .server_leg = tls_->server_leg(),
                                 .client_leg = tls_->client_leg(),
                                 .leaves = tls_->leaves(),
                                 .pins = pins_,
                                 .own_sockets = own_sockets_,
                                 .report = events_.on_arrival};
  auto proxy =
      proxy::Proxy::create({services, clock_, *recorder_, counters_, places_}, std::move(gates_));
  if (!proxy) return std::unexpected(std::move(proxy).error());
  proxy_ = *std::move(proxy);
  places_.limit_to(room_for_connections(config_));
  return {};
}

Status Recording::write_ready_file(const std::filesystem::path& path) const {
  const auto opener = whoever_may_open(path, config_.user);
  if (!opener) return std::unexpected(opener.error());
  std::string lines;
  for (std::size_t i = 0; i < addresses_.size(); ++i)
    lines += fmt::format("{} {}\n", config_.ways_in[i].mode, to_string(addresses_[i]));
  return write_file_atomically(path, lines, 0644, IfExists::kReplace);
}

}  // namespace mitm::record
