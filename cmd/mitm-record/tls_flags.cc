#include "cmd/mitm-record/tls_flags.h"

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>

#include "lib/cli/numbers.h"

namespace mitm::record {
namespace {

using cli::Complete;
using cli::Flag;

/// What a flag that names hosts says of them.
constexpr auto kHosts =
    "HOST is a name, a shell pattern (*.example.com), .example.com for that and all below it, an "
    "address or a network (10.0.0.0/8), each with :PORT if wanted; *:PORT is any host. The name in "
    "the client's TLS greeting (SNI), the host of its CONNECT and the server's address all count.";

std::vector<Flag> verification_flags() {
  return {
      {.long_name = "insecure",
       .short_name = 'k',
       .summary = "go on when a server's certificate cannot be verified",
       .details = "Otherwise the client gets a 502 page with the reason. What was wrong is "
                  "recorded in either case."},
      {.long_name = "insecure-host",
       .value_name = "HOST",
       .summary = "the same, but for HOST only",
       .details = std::string(kHosts) +
                  " Here SNI counts only where the client asked the proxy for an address.",
       .complete = Complete::kHost,
       .repeatable = true},
      {.long_name = "upstream-ca",
       .value_name = "FILE|DIR",
       .summary = "trust these certificates besides the system's",
       .details = "PEM, one certificate in DER, or a directory of such files. COMMAND is made to "
                  "trust them too, for what is passed through to it.",
       .complete = Complete::kFile,
       .repeatable = true},
  };
}

std::vector<Flag> choice_flags() {
  return {
      {.long_name = "connect",
       .value_name = "WHEN",
       .summary = "when to reach the server of a CONNECT: eager or lazy (default eager)",
       .details =
           "eager asks the server first, so that the client sees its names, its choice of protocol "
           "and its failures. lazy answers at once and opens TLS with a certificate that knows no "
           "more than the name the client asked for; the server is reached with the first octet "
           "that the client has for it, or when the client says nothing for 300 ms. For work "
           "without a network, and for servers that mind connections without a request. What "
           "only the server's handshake shows, that it asks for a client certificate or speaks "
           "nothing that we can decode, comes too late then to pass the connection through. The "
           "server's address is not known when \\flag{pass} and the like are looked up. Clients of "
           "reverse:https and reverse:tls that begin with TLS are treated alike.",
       .complete = Complete::kChoice,
       .choices = {"eager", "lazy"}},
      {.long_name = "pass",
       .value_name = "HOST",
       .summary = "do not open connections to HOST, pass them through",
       .details = std::string(kHosts) +
                  "\n\nSuch a connection is recorded with the client's TLS greeting, addresses, "
                  "times and numbers of bytes. Requests for plain http that clients send to the "
                  "proxy itself cannot be passed through.",
       .complete = Complete::kHost,
       .repeatable = true},
      {.long_name = "pin-memory",
       .value_name = "SECONDS",
       .summary = "pass through for SECONDS what refuses our certificate (default 3600)",
       .details =
           "Programs that expect a certain certificate (pinning) keep working that way, from their "
           "second connection on. A client that refuses with an alert is believed at once, one "
           "that just goes away the second time in a row. It is told from others by its address, "
           "its JA4 fingerprint and the name of the server; who was passed through is told at "
           "once, and again at the end. 0 turns it off. So does COMMAND, which trusts the CA; "
           "there the option turns it on. Who refuses the certificate of reverse:http or "
           "reverse:https cannot be passed through, and is only told of."},
      {.long_name = "no-fail-open",
       .summary = "pass nothing through because it refuses our certificate",
       .details = "The same as \\flag{pin-memory} 0: such a client fails, and its failure is "
                  "recorded."},
      {.long_name = "only",
       .value_name = "HOST",
       .summary = "open connections to HOST, pass all others through",
       .details = "As if \\flag{pass} named everybody else. What \\flag{pass} names too is passed.",
       .complete = Complete::kHost,
       .repeatable = true},
  };
}

std::vector<Flag> identity_flags() {
  return {
      {.long_name = "client-cert",
       .value_name = "[HOST=]FILE",
       .summary = "present this certificate to servers that ask for one",
       .details =
           "FILE holds a certificate, its private key and, if servers need them, its issuers: PEM, "
           "or PKCS #12 without a password. Without HOST it is for all servers; the first one that "
           "fits is taken. HOST is as for \\flag{pass}, but a name that is only in the client's "
           "TLS greeting counts where the client asked for an address. It is presented on behalf "
           "of every client that uses the proxy, and not to a server whose certificate is not "
           "accepted. A server that asks for a certificate where none is given is passed through, "
           "for its clients may have one of their own; the FILE none opens its connections without "
           "one.",
       .complete = Complete::kFile,
       .repeatable = true},
      {.long_name = "ask-client-cert",
       .summary = "ask clients for a certificate, and record what they present",
       .details = "Whatever it is and whoever issued it. A client may go on without one. It is not "
                  "passed on to the server, which needs \\flag{client-cert}."},
      {.long_name = "cert",
       .value_name = "HOST=FILE",
       .summary = "show clients this certificate instead of one that our CA made",
       .details = "FILE is as for \\flag{client-cert}, HOST as for \\flag{pass}. Clients must "
                  "trust its issuer by themselves.",
       .complete = Complete::kFile,
       .repeatable = true},
  };
}

std::vector<Flag> protocol_flags() {
  return {
      {.long_name = "tls-min",
       .value_name = "VERSION",
       .summary = "the lowest TLS version, 1.0 to 1.3 (default 1.2)",
       .details = "With both sides, or with one: client=1.0, server=1.0. Below 1.2 weak keys and "
                  "digests are accepted on that side too, because those versions need them.",
       .complete = Complete::kSuggestion,
       .choices = {"1.0", "1.1", "1.2", "1.3"},
       .repeatable = true},
      {.long_name = "tls-max",
       .value_name = "VERSION",
       .summary = "the highest TLS version (default 1.3)",
       .details = "As for \\flag{tls-min}.",
       .complete = Complete::kSuggestion,
       .choices = {"1.0", "1.1", "1.2", "1.3"},
       .repeatable = true},
      {.long_name = "keylog",
       .value_name = "FILE",
       .summary = "add the secrets of TLS sessions, of both sides, to FILE",
       .details = "In the format of $SSLKEYLOGFILE, which is taken when the option is not given. "
                  "With it tshark and Wireshark decrypt what was captured of either side "
                  "(tls.keylog_file). Whoever has FILE can do so too: it is created with mode "
                  "0600.",
       .complete = Complete::kFile},
      {.long_name = "record-secrets",
       .summary = "store the secrets of TLS sessions in the recording, too",
       .details = "For those who capture packets besides: `mitm-dump -o keylog` prints them as "
                  "\\flag{keylog} does. They add nothing to what the recording says, but to what "
                  "can be done with other captures."},
  };
}

std::vector<Flag> ca_flags() {
  return {
      {.long_name = "home",
       .value_name = "DIR",
       .summary = "where the CA lies",
       .details = "See FILES. The CA is made if there is none.",
       .complete = Complete::kDirectory},
      {.long_name = "passphrase-file",
       .value_name = "FILE",
       .summary = "the passphrase of the CA's private key is FILE's first line",
       .details = "When the key is encrypted. Otherwise the passphrase is taken from "
                  "$MITMKIT_PASSPHRASE, which COMMAND does not get to see, or asked for on the "
                  "terminal.",
       .complete = Complete::kFile},
  };
}

Result<HostPattern> parse_hosts(const char* option, std::string_view text) {
  auto pattern = HostPattern::parse(text);
  if (pattern) return pattern;
  Error error = std::move(pattern).error();
  error.message = fmt::format("--{}: {}", option, error.message);
  return std::unexpected(std::move(error));
}

Status read_hosts(const cli::ParsedOptions& options, const char* option, HostPatterns& patterns) {
  for (const std::string& text : options.values(option)) {
    auto pattern = parse_hosts(option, text);
    if (!pattern) return std::unexpected(std::move(pattern).error());
    patterns.push_back(*std::move(pattern));
  }
  return {};
}

Status read_identities(const cli::ParsedOptions& options, const char* option, bool needs_host,
                       std::vector<IdentityFile>& files) {
  for (const std::string& text : options.values(option)) {
    const std::size_t equals = text.find('=');
    IdentityFile file{.option = option, .hosts = std::nullopt, .path = text};
    if (equals != std::string::npos) {
      auto hosts = parse_hosts(option, std::string_view(text).substr(0, equals));
      if (!hosts) return std::unexpected(std::move(hosts).error());
      file.hosts = *std::move(hosts);
      file.path = text.substr(equals + 1);
    } else if (needs_host) {
      return fail(Code::kUsage, fmt::format("--{}: '{}' names no host", option, text),
                  fmt::format("write --{} HOST={}", option, text));
    }
    files.push_back(std::move(file));
  }
  return {};
}

Status read_pins(const cli::ParsedOptions& options, Config& config) {
  const auto usual = std::chrono::seconds(config.command.empty() ? 3600 : 0);
  auto memory = cli::seconds_value(options, "pin-memory", usual);
  if (!memory) return std::unexpected(std::move(memory).error());
  if (options.has("no-fail-open")) {
    if (*memory > Duration::zero() && options.has("pin-memory"))
      return fail(Code::kUsage, "--pin-memory and --no-fail-open exclude each other");
    *memory = Duration::zero();
  }
  config.proxy.pin_memory = std::chrono::ceil<std::chrono::milliseconds>(*memory);
  return {};
}

/// "1.2", "client=1.2" or "server=1.2".
Status read_version(const char* option, const std::string& text, tls::Version& client,
                    tls::Version& server) {
  const std::size_t equals = text.find('=');
  const std::string side = equals == std::string::npos ? "" : text.substr(0, equals);
  const auto version =
      tls::parse_version(equals == std::string::npos ? text : text.substr(equals + 1));
  if (!version || (!side.empty() && side != "client" && side != "server")) {
    return fail(Code::kUsage, fmt::format("--{}: '{}' is no TLS version", option, text),
                "1.0, 1.1, 1.2 or 1.3, with client= or server= before it for one side");
  }
  if (side != "server") client = *version;
  if (side != "client") server = *version;
  return {};
}

Status read_versions(const cli::ParsedOptions& options, TlsConfig& tls) {
  for (const std::string& text : options.values("tls-min"))
    MITM_TRY(read_version("tls-min", text, tls.client_versions.min, tls.server_versions.min));
  for (const std::string& text : options.values("tls-max"))
    MITM_TRY(read_version("tls-max", text, tls.client_versions.max, tls.server_versions.max));
  for (const auto* range : {&tls.client_versions, &tls.server_versions}) {
    if (range->min > range->max) {
      return fail(Code::kUsage, "--tls-min is above --tls-max",
                  "the lowest version is 1.2 unless --tls-min says otherwise");
    }
  }
  return {};
}

}  // namespace

std::vector<Flag> tls_flags(const char* category) {
  std::vector<Flag> all;
  for (auto&& group :
       {verification_flags(), choice_flags(), identity_flags(), protocol_flags(), ca_flags()})
    all.insert(all.end(), group.begin(), group.end());
  for (Flag& flag : all) flag.category = category;
  return all;
}

Status read_tls(const cli::ParsedOptions& options, Config& config) {
  for (const auto& path : options.values("upstream-ca")) config.tls.upstream_ca.emplace_back(path);
  config.tls.home = options.value_or("home", "");
  config.tls.passphrase.emplace(options, "passphrase-file", "MITMKIT_PASSPHRASE");
  config.proxy.insecure = options.has("insecure");
  proxy::TlsPolicy& policy = config.proxy.tls;
  MITM_TRY(read_hosts(options, "insecure-host", policy.insecure));
  MITM_TRY(read_hosts(options, "pass", policy.pass));
  MITM_TRY(read_hosts(options, "only", policy.only));
  MITM_TRY(read_identities(options, "client-cert", false, config.tls.towards_servers));
  MITM_TRY(read_identities(options, "cert", true, config.tls.towards_clients));
  config.proxy.connect_lazily = options.value_or("connect", "eager") == "lazy";
  config.tls.ask_client_certificate = options.has("ask-client-cert");
  config.tls.record_secrets = options.has("record-secrets");
  MITM_TRY(read_pins(options, config));
  if (const char* path = std::getenv("SSLKEYLOGFILE"); path != nullptr && *path != '\0')
    config.tls.key_log = path;
  if (const auto path = options.value("keylog")) config.tls.key_log = *path;
  return read_versions(options, config.tls);
}

}  // namespace mitm::record
