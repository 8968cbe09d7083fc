#include "cmd/mitm-record/flags.h"

#include "cmd/mitm-record/access.h"
#include "cmd/mitm-record/command_manual.h"
#include "cmd/mitm-record/print_rules.h"
#include "cmd/mitm-record/privileges.h"
#include "cmd/mitm-record/rotation_flags.h"
#include "cmd/mitm-record/tls_flags.h"
#include "cmd/mitm-record/ways_in.h"
#include "cmd/mitm-record/ways_out.h"

namespace mitm::record {
namespace {

using cli::Complete;
using cli::Flag;

constexpr auto kOutput = "Output";
constexpr auto kRotation = "Rotation";
constexpr auto kWaysIn = "Ways in";
constexpr auto kWaysOut = "Ways out";
constexpr auto kTraffic = "Traffic";
constexpr auto kTls = "TLS";
constexpr auto kRunning = "Running";

std::vector<Flag> output_flags() {
  return {
      {.long_name = "write",
       .short_name = 'w',
       .value_name = "FILE",
       .category = kOutput,
       .summary = "write the recording to FILE, or to standard output for -",
       .details = "An existing FILE is replaced. It is created with mode 0600, because recordings "
                  "hold secrets. Every record is on its way to it within 200 ms. Without this "
                  "option each flow is printed when it ends, as mitm-dump would print it: to "
                  "standard output, or to standard error when there is a COMMAND.",
       .complete = Complete::kFile},
      {.long_name = "snapshot-length",
       .short_name = 's',
       .value_name = "BYTES",
       .category = kOutput,
       .summary = "record at most BYTES of each body",
       .details = "The traffic itself is not cut, and the full size is recorded. 0: all of it. "
                  "Suffixes k, M and G are powers of 1024."},
      {.long_name = "count",
       .short_name = 'c',
       .value_name = "N",
       .category = kOutput,
       .summary = "stop after N flows were recorded",
       .details = "As on SIGINT: flows that are still running then are given the time that "
                  "\\flag{drain} says, and recorded too; what begins later is left out."},
      {.long_name = "packet-buffered",
       .short_name = 'U',
       .category = kOutput,
       .summary = "flush the recording after each record",
       .details = "Makes the recording larger; without it records wait for up to 200 ms."},
      {.long_name = "compression",
       .value_name = "LEVEL",
       .category = kOutput,
       .summary = "zstd level of the recording, 1 to 19 (default 3)",
       .details =
           "Content that does not compress is stored as it is, whatever this says. When traffic "
           "comes faster than it can be compressed, frames are compressed less for a while, and "
           "the totals say how many; reading pauses only when that is not enough."},
      {.long_name = "on-disk-full",
       .value_name = "stop|pass",
       .category = kOutput,
       .summary = "when the recording cannot be written: stop (default), or pass traffic on",
       .details =
           "Holds for every failure to write: a full disk, a quota, a broken device. It is "
           "reported at once, and the exit status is 1 when anything is missing in the end. stop: "
           "as on SIGINT, and the recording is closed if it can be written by then. pass: traffic "
           "goes on unrecorded, without piling up in memory. Once a second it is tried again; the "
           "recording then goes on in the same file, with a record that says how much is missing, "
           "and flows that lost a part are shown as damaged. A COMMAND goes on in either case. A "
           "pipe whose reader went away ends the recording as SIGINT does, which is no failure.",
       .complete = Complete::kChoice,
       .choices = {"stop", "pass"}},
      {.long_name = "fsync",
       .value_name = "WHEN",
       .category = kOutput,
       .summary = "when to sync the recording to disk: off, close (default), always or SECONDS",
       .details =
           "So that it survives a power loss; a crash of mitm-record alone costs nothing that was "
           "flushed. close: once, when the file is closed, with its name in the folder. SECONDS: "
           "every so many seconds too. always: after each flush too, which are up to five in a "
           "second, or one for each record with \\flag{packet-buffered}. Traffic does not wait for "
           "it unless it takes so long that much piles up.",
       .complete = Complete::kSuggestion,
       .choices = {"off", "close", "always"}},
      {.long_name = "quiet",
       .short_name = 'q',
       .category = kOutput,
       .summary = "print no flows, no listening address and no totals",
       .details = "Errors and warnings are still printed."},
      {.long_name = "verbose",
       .short_name = 'v',
       .category = kOutput,
       .summary = "print heads as well, or with -vv also bodies",
       .details = "The same as for mitm-dump. Has no effect with \\flag{write}.",
       .repeatable = true},
      cli::color_flag(),
  };
}

std::vector<Flag> traffic_flags() {
  return {
      {.long_name = "connect-timeout",
       .value_name = "SECONDS",
       .category = kTraffic,
       .summary = "give up connecting to a server after SECONDS (default 10)",
       .details =
           "Covers name resolution and the TCP connection, with all addresses of the server. One "
           "that does not answer is given 200 ms before the next is tried as well."},
      {.long_name = "handshake-timeout",
       .value_name = "SECONDS",
       .category = kTraffic,
       .summary = "give up a TLS handshake after SECONDS (default: twice the connect timeout)",
       .details = "Each handshake, with a client or a server, and what an upstream proxy takes to "
                  "make a tunnel."},
      {.long_name = "first-byte-timeout",
       .value_name = "SECONDS",
       .category = kTraffic,
       .summary = "give up an answer that has not begun after SECONDS (default 300, 0: never)",
       .details =
           "Counts while a server has a whole request and nothing is sent either way. A plain "
           "request is answered with 504; a connection that is only watched is reset."},
      {.long_name = "idle-timeout",
       .value_name = "SECONDS",
       .category = kTraffic,
       .summary = "close connections on which nothing was sent for SECONDS (default 600, 0: never)",
       .details =
           "Kept-alive ones that wait for a request are closed properly, others are reset, and "
           "their flow is recorded as failed: WebSockets, and protocols that we do not know. "
           "Programs that keep such connections open in silence need a larger value or 0. While "
           "new clients wait because file descriptors are short, kept-alive ones go after one "
           "second, but with 0."},
      {.long_name = "max-head",
       .value_name = "BYTES",
       .category = kTraffic,
       .summary = "decode heads of at most BYTES (default 256k)",
       .details = "A longer one is refused with 431 or 502 where requests are routed (plain http), "
                  "and relayed and recorded as bytes in a tunnel. Heads above 256k are recorded as "
                  "bytes in any case. Suffixes as for \\flag{snapshot-length}."},
      {.long_name = "threads",
       .value_name = "N",
       .category = kTraffic,
       .summary = "threads that relay (default: one for each core)"},
      {.long_name = "drain",
       .value_name = "SECONDS",
       .category = kTraffic,
       .summary = "how long running flows may go on at the end (default 2)",
       .details = "Idle connections are closed at once; flows that take longer are recorded as "
                  "incomplete."},
  };
}

std::vector<Flag> flags() {
  std::vector<Flag> all = output_flags();
  for (auto&& group :
       {rotation_flags(kRotation), ways_in_flags(kWaysIn), access_flags(kWaysIn),
        ways_out_flags(kWaysOut), traffic_flags(), tls_flags(kTls), privilege_flags(kRunning)})
    all.insert(all.end(), group.begin(), group.end());
  return all;
}

cli::Section signals() {
  return {
      "SIGNALS",
      {"SIGINT and SIGTERM end the recording cleanly: no new connections, running flows get the "
       "time that \\flag{drain} says, the recording is closed and the totals are printed. A "
       "second one, 50 milliseconds later or more, aborts; the recording is readable then as well, "
       "but not closed.",
       "SIGUSR1 prints the totals so far.",
       "SIGHUP that kill(1) or logrotate(8) sends: the file of \\flag{write} is closed, complete "
       "with its end, and FILE is opened again. Where it was moved away a new one is created, or "
       "what was put there is appended to, as with \\flag{append}; where it is still there the "
       "recording goes on behind what it holds. Nothing is lost between them, and a flow that "
       "spans both is whole when both are read. With \\flag{file-size} or \\flag{rotate-seconds} "
       "the next file is begun instead. \\flag{post-rotate} gets the closed one, by the name that "
       "it has then. Where FILE cannot be opened, that is an error and the old file goes on. The "
       "file of \\flag{keylog} is opened again too. Standard output, pipes and printed flows go on "
       "as they are.",
       "A file that somebody truncates while it is written, as logrotate's copytruncate does, is "
       "begun anew with what comes next, with SIGHUP or without. What it held is lost, and so are "
       "records on their way to it, which are told, counted, and noted in the recording; the exit "
       "status is 1 when there were any.",
       "SIGHUP because the terminal of mitm-record goes away, also when a shell passes that on, "
       "ends the recording as SIGTERM does; with nohup(1) it is ignored, and the other one is not.",
       "While COMMAND runs, all signals but SIGUSR1 are its own, SIGHUP too. Those of the terminal "
       "reach it from the kernel; SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGUSR2, SIGALRM and SIGWINCH "
       "that kill(1) sends to mitm-record are passed on to it."}};
}

std::vector<cli::Section> sections() {
  auto all = command_sections();
  all.push_back(transparent_section());
  all.push_back(signals());
  return all;
}

}  // namespace

cli::Program program() {
  return {
      .name = "mitm-record",
      .summary = "record HTTP(S) and other TCP traffic from the middle of it",
      .synopsis = {"[-w FILE] [-l [ADDR:]PORT] [OPTION...]",
                   "[-w FILE] [OPTION...] -- COMMAND [ARG...]"},
      .examples = {{"mitm-record -- curl https://example.com/",
                    "Run curl and print what it sent and got."},
                   {"mitm-record -w session.flowz -- npm install",
                    "Record everything a command does."},
                   {"mitm-record -w session.flowz -l 127.0.0.1:8080",
                    "Record whoever uses http://127.0.0.1:8080 as proxy."},
                   {"mitm-record -w cap-%F-%H.flowz -G 3600 -z ./upload",
                    "Go on in another file every hour, and run ./upload on each that is over."},
                   {"mitm-record -v -c 10", "Print the next ten exchanges with their heads."}},
      .description = {"mitm-record is a proxy that stands between clients and servers, opens TLS "
                      "with certificates of its own, and records what passes. Everything is "
                      "relayed unchanged and at once; recording never alters the traffic. The "
                      "exception is plain http through a proxy, where the request line has to be "
                      "rewritten; there, requests that servers could read in more than one way are "
                      "refused with 400.",
                      "Clients must trust the CA in \\flag{home} (see mitm-ca(1)). With COMMAND "
                      "that is arranged for this one command and its children through their "
                      "environment, see ENVIRONMENT OF COMMAND.",
                      "A server is contacted before its client is answered: a failed name lookup "
                      "or connection is a 502 to the client, and so is a certificate that cannot "
                      "be verified."},
      .positionals = {{.name = "FILTER",
                       .summary = "filters are not available in this version",
                       .at_least = 0,
                       .at_most = cli::kAnyNumber}},
      .command = "COMMAND [ARG...]",
      .flags = flags(),
      .exit_statuses =
          {{0, "success"},
           {1,
            "failure at run time, such as a port in use or a full disk; also when COMMAND "
            "succeeded but recording failed"},
           {2, "wrong usage"},
           {126, "COMMAND cannot be executed"},
           {127, "COMMAND was not found"},
           {128,
            "plus N: COMMAND was killed by signal N. Otherwise the exit status is COMMAND's own"}},
      .files =
          {{"ca.pem",
            "the CA's certificate, in the home directory: \\flag{home}, else $MITMKIT_HOME, else "
            "$XDG_DATA_HOME/mitmkit, else ~/.local/share/mitmkit"},
           {"ca.key", "its private key, mode 0600"}},
      .environment =
          {{"MITMKIT_HOME, XDG_DATA_HOME", "see FILES"},
           {"MITMKIT_PASSPHRASE", "the passphrase of the CA's private key"},
           {"SSLKEYLOGFILE", "see \\flag{keylog}"},
           {"http_proxy, https_proxy, HTTPS_PROXY, all_proxy, ALL_PROXY, no_proxy, NO_PROXY",
            "with \\flag{upstream} env only"},
           {"SSL_CERT_FILE, SSL_CERT_DIR",
            "the file and the directory of the system's trusted certificates, each "
            "instead of OpenSSL's own"},
           {"NO_COLOR", "no colours, unless --color says otherwise"}},
      .sections = sections(),
      .see_also = {"mitm-dump(1)", "mitm-replay(1)", "mitm-ca(1)"},
  };
}

}  // namespace mitm::record
