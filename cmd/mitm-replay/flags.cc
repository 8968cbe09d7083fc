#include "cmd/mitm-replay/flags.h"

namespace mitm::replay {
namespace {

using cli::Complete;
using cli::Flag;

constexpr auto kInput = "Input";
constexpr auto kSending = "Sending";
constexpr auto kTls = "TLS";
constexpr auto kOutput = "Output";

std::vector<Flag> input_and_output_flags() {
  return {
      {.long_name = "read",
       .short_name = 'r',
       .value_name = "FILE",
       .category = kInput,
       .summary = "replay this recording, or standard input for -",
       .details = "Several recordings are merged by the times of their records.",
       .complete = Complete::kFile,
       .repeatable = true},
      {.long_name = "limit",
       .value_name = "N",
       .category = kInput,
       .summary = "stop after N requests",
       .details = "Requests that are skipped do not count."},
      {.long_name = "quiet",
       .short_name = 'q',
       .category = kOutput,
       .summary = "print only what differs, and the verdict"},
      {.long_name = "dry-run",
       .category = kOutput,
       .summary = "print what would be sent, and send nothing"},
      cli::color_flag(),
  };
}

std::vector<Flag> sending_flags() {
  return {
      {.long_name = "to",
       .value_name = "URL",
       .category = kSending,
       .summary = "send everything to this server instead",
       .details = "http://HOST[:PORT] or https://HOST[:PORT]; the recorded paths are kept. Host "
                  "fields say what the URL says, unless \\flag{keep-host} is given.",
       .complete = Complete::kHost},
      {.long_name = "keep-host",
       .category = kSending,
       .summary = "with --to, leave Host fields as they were recorded",
       .details = "For servers that serve several sites. TLS still asks for, and verifies, the "
                  "name in \\flag{to}."},
      {.long_name = "timeout",
       .value_name = "SECONDS",
       .category = kSending,
       .summary = "wait at most SECONDS for each answer (default 30)",
       .details = "From the first byte sent to the last one received. Connecting and the TLS "
                  "handshake have the same time each."},
      {.long_name = "insecure",
       .short_name = 'k',
       .category = kTls,
       .summary = "go on when a server's certificate cannot be verified"},
      {.long_name = "upstream-ca",
       .value_name = "FILE|DIR",
       .category = kTls,
       .summary = "trust these certificates besides the system's",
       .complete = Complete::kFile,
       .repeatable = true},
  };
}

std::vector<Flag> flags() {
  std::vector<Flag> all = input_and_output_flags();
  std::vector<Flag> sending = sending_flags();
  all.insert(all.begin() + 2, sending.begin(), sending.end());
  return all;
}

std::vector<std::string> description() {
  return {
      "mitm-replay sends the HTTP requests of a recording again, one at a time and in the order in "
      "which they were recorded, and says where a server now answers with another status. A "
      "request goes out as it was recorded, byte for byte but for what a proxy would change: "
      "absolute-form becomes origin-form, Proxy-Connection and Proxy-Authorization are left out. "
      "Cookies, tokens and dates are sent as they were, and whatever the requests change on the "
      "server is changed again.",
      "Each line names the flow, the request, the recorded status (- when there was none), the new "
      "one, and the time from the first byte sent to the last one received; connecting is not "
      "part of it. A request that gets no answer is a difference, and its line says why; so is one "
      "that cannot be sent because it was not recorded in full. CONNECT requests and those that "
      "switched protocols (101) are skipped. The last line is the verdict.",
      "Interim answers (1xx) are not compared. A request that was not answered when it was "
      "recorded is sent, and is no difference whatever the status is now.",
      "Connections are kept for the next request to the same server. When such a connection turns "
      "out to be closed before any byte of the answer, a request that does no harm twice (GET, "
      "HEAD, "
      "PUT, DELETE, OPTIONS, TRACE) is sent once more over a new one; any other has failed."};
}

}  // namespace

cli::Program program() {
  return {
      .name = "mitm-replay",
      .summary = "send the requests of a recording again",
      .synopsis = {"-r FILE [-r FILE]... [--to URL] [OPTION...]"},
      .examples = {{"mitm-replay -r session.flowz", "Ask the same servers the same again."},
                   {"mitm-replay -r session.flowz --to http://127.0.0.1:3000",
                    "Does the new server answer as the old one did?"},
                   {"mitm-replay -r session.flowz --to https://staging.example.com --keep-host -q",
                    "Ask a staging server for the recorded site; print only differences."},
                   {"mitm-replay -r session.flowz --dry-run", "See what would be sent."}},
      .description = description(),
      .positionals = {{.name = "FILTER",
                       .summary = "not available in this version",
                       .at_most = cli::kAnyNumber}},
      .flags = flags(),
      .exit_statuses =
          {{0, "every status is as recorded"},
           {1,
            "failure at run time: FILE cannot be read or is no recording, it holds no HTTP "
            "requests, or nothing could be sent at all"},
           {2, "wrong usage"},
           {3, "as 0, but part of a recording is damaged or missing; standard error says what"},
           {4, "differences, or requests without an answer"},
           {130, "stopped by SIGINT, after the verdict so far"},
           {143, "stopped by SIGTERM, after the verdict so far"}},
      .environment = {{"SSL_CERT_FILE, SSL_CERT_DIR",
                       "the file and the directory of the system's trusted certificates, each "
                       "instead of OpenSSL's own"},
                      {"TMPDIR", "where large request bodies wait, in files without a name"},
                      {"NO_COLOR", "no colours, unless --color says otherwise"}},
      .see_also = {"mitm-record(1)", "mitm-dump(1)", "mitm-ca(1)"},
  };
}

}  // namespace mitm::replay
