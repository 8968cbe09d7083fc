#include "cmd/mitm-dump/flags.h"

#include "cmd/mitm-dump/filter_manual.h"

namespace mitm::dump {
namespace {

using cli::Complete;
using cli::Flag;

constexpr auto kInput = "Input";
constexpr auto kSelection = "Selection";
constexpr auto kOutput = "Output";
constexpr auto kArchive = "Recordings";
constexpr auto kText = "Text";

std::vector<Flag> input_flags() {
  return {
      {.long_name = "read",
       .short_name = 'r',
       .value_name = "FILE",
       .category = kInput,
       .summary = "read the recording FILE, or standard input for -",
       .details = "May be given several times: the recordings are merged by the times of their "
                  "records. Files of the same run, as a rotated recording leaves them, are read "
                  "one after the other.",
       .complete = Complete::kFile,
       .repeatable = true},
      {.long_name = "follow",
       .short_name = 'f',
       .category = kInput,
       .summary = "go on while recordings are being written, and in the next files of their runs",
       .details =
           "A flow is printed within half a second of its end. Reading ends when the recording "
           "does: "
           "when mitm-record closed it, or, with status 3, when it was killed. A file of which "
           "nothing is being written is read to its end as without this option. Files must be "
           "there; one that is empty is waited for while mitm-record has it open."
           "\n\n"
           "Where a recording goes on in another file, that is read next, if it stands in the same "
           "folder. It may take ten seconds to appear; if it does not, that is a loss. So is what "
           "a ring of files overwrites before it is read, which is told. Of several recordings "
           "none waits for another, so that their flows are listed in the order in which they "
           "come. With \\flag{flow} the flow is printed when it ends, and then nothing more."
           "\n\n"
           "Ctrl-C ends it in good order, with what \\flag{count} or \\flag{stats} came to and "
           "with "
           "what \\flag{write} writes closed."},
  };
}

std::vector<Flag> selection_flags() {
  return {
      {.long_name = "limit",
       .short_name = 'c',
       .value_name = "N",
       .category = kSelection,
       .summary = "stop after N flows"},
      {.long_name = "flow",
       .value_name = "ID",
       .category = kSelection,
       .summary = "only the flow ID (12), or RUN:ID where several runs have it",
       .details =
           "RUN is the beginning of the run's id, in hexadecimal, as \\flag{output} ndjson "
           "shows it. Nothing is printed before all has been read. An ID that several runs "
           "have is an error that lists them. Where there are several runs, ids are printed "
           "with theirs; in a file to which another recording was joined only from there on, "
           "because what follows is not known before."},
  };
}

std::vector<Flag> filter_flags() {
  return {
      {.long_name = "filter-file",
       .short_name = 'F',
       .value_name = "FILE",
       .category = kSelection,
       .summary = "read the filter from FILE",
       .details = "What stands behind # in it is a comment.",
       .complete = Complete::kFile},
      {.long_name = "explain",
       .category = kSelection,
       .summary = "print how the filter is understood, and nothing else",
       .details =
           "With parentheses that show what belongs together, and with what has to be looked "
           "for in the records because summaries do not tell it."},
  };
}

std::vector<Flag> archive_flags() {
  return {
      {.long_name = "write",
       .short_name = 'w',
       .value_name = "FILE",
       .category = kArchive,
       .summary = "write a recording of what is selected to FILE, or to standard output for -",
       .details =
           "Several recordings become one; flows keep their ids and the ids of their runs. With "
           "\\flag{limit}, \\flag{flow} or a filter it holds the flows that would be printed, with "
           "what is "
           "known of their connections, and nothing of others. The input is then read twice; "
           "what cannot be, such as a pipe, is kept in a temporary file."
           "\n\n"
           "An existing FILE is replaced when all went well, and kept otherwise. It has mode 0600. "
           "With \\flag{follow} FILE grows as what is read does, and can itself be followed.",
       .complete = Complete::kFile},
      {.long_name = "check",
       .category = kArchive,
       .summary = "verify recordings instead of printing them",
       .details =
           "Every frame, checksum and record is verified, and every summary compared with the "
           "records that it tells of. Standard output says what there is, standard error what is "
           "wrong, where, and which flows ended in what is lost. The exit status is 0 when all is "
           "clean, 3 when something is missing or wrong, and 1 when a file is no recording."},
      {.long_name = "recover",
       .value_name = "FILE",
       .category = kArchive,
       .summary = "write what can be saved of a damaged recording to FILE",
       .details =
           "That is every record that can be verified. Where something is missing, the new "
           "recording says so. What is lost, and where, is told on standard error; the exit status "
           "is 3 when anything is, also when that is only what was being written at the end, and 0 "
           "when every octet was used.",
       .complete = Complete::kFile},
      {.long_name = "compression",
       .value_name = "LEVEL",
       .category = kArchive,
       .summary = "zstd level of what is written, 1 to 19 (default 3)"},
  };
}

std::vector<Flag> output_flags() {
  return {
      {.long_name = "output",
       .short_name = 'o',
       .value_name = "FORMAT",
       .category = kOutput,
       .summary = "text (the default), ndjson or keylog",
       .details = "ndjson is one JSON object a line for each flow. keylog is the secrets of their "
                  "TLS sessions, where mitm-record was asked to store them (--record-secrets): "
                  "tshark and Wireshark decrypt with them what was captured besides "
                  "(tls.keylog_file).",
       .complete = Complete::kChoice,
       .choices = {"text", "ndjson", "keylog"}},
      {.long_name = "bodies",
       .category = kOutput,
       .summary = "with --output ndjson: include bodies, and what raw connections carried",
       .details = "A body is a \"text\" where it is UTF-8, else \"base64\"."},
      {.long_name = "raw-bodies",
       .category = kOutput,
       .summary = "leave bodies as they were sent instead of undoing Content-Encoding"},
      {.long_name = "body",
       .value_name = "SIDE",
       .category = kOutput,
       .summary = "print nothing but the bodies of the request or of the response",
       .details = "Octet for octet, one flow's after the other's; best with \\flag{flow}. Of a raw "
                  "connection, what that side sent.",
       .complete = Complete::kChoice,
       .choices = {"request", "response"}},
      {.long_name = "stats",
       .category = kOutput,
       .summary = "print a summary of the flows instead of them",
       .details =
           "Counts by kind, method, status, host, error and anomaly, sizes, times and durations. "
           "Memory does not depend on the number of flows: percentiles are within 0.8 % of their "
           "value, and where more than 8192 hosts come, counts may be too high, by as much as is "
           "told. With \\flag{output} ndjson one JSON object."},
      {.long_name = "count", .category = kOutput, .summary = "print only the number of flows"},
      cli::color_flag(),
  };
}

std::vector<Flag> text_flags() {
  return {
      {.long_name = "quiet",
       .short_name = 'q',
       .category = kText,
       .summary = "shorter lines: time, method, URL, status"},
      {.long_name = "verbose",
       .short_name = 'v',
       .category = kText,
       .summary = "print heads too; -vv: and bodies; -vvv: and what is known of the connection",
       .details =
           "Lines of the client begin with \">\", those of the server with \"<\", other "
           "facts with \"*\". Bodies are indented; JSON is laid out, and of what is not text "
           "only the size is told. A body that its Content-Encoding does not fit is shown as far "
           "as it can be decoded, and then as it was recorded.",
       .repeatable = true},
      {.long_name = "ascii",
       .short_name = 'A',
       .category = kText,
       .summary = "print bodies as ASCII; implies -vv"},
      {.long_name = "hex",
       .short_name = 'x',
       .category = kText,
       .summary = "print bodies in hexadecimal; implies -vv"},
      {.long_name = "hex-ascii",
       .short_name = 'X',
       .category = kText,
       .summary = "print bodies in hexadecimal and ASCII; implies -vv"},
      {.long_name = "snapshot-length",
       .short_name = 's',
       .value_name = "BYTES",
       .category = kText,
       .summary = "print at most BYTES of each body (0, the default: all)",
       .details = "What is cut says so. BYTES may end in k, M or G."},
      {.long_name = "timestamp",
       .short_name = 't',
       .category = kText,
       .summary =
           "-t no time, -tt since 1970, -ttt since the flow before, -tttt date, -ttttt since "
           "the first flow",
       .details = "Without it, the local time of day. The time of a flow is when it began; flows "
                  "are listed as they end.",
       .repeatable = true},
      {.long_name = "numeric",
       .short_name = 'n',
       .category = kText,
       .summary = "nothing: addresses are never resolved"},
  };
}

std::vector<Flag> flags() {
  std::vector<Flag> all = input_flags();
  for (const auto& more :
       {selection_flags(), filter_flags(), output_flags(), archive_flags(), text_flags()}) {
    all.insert(all.end(), more.begin(), more.end());
  }
  return all;
}

}  // namespace

cli::Program program() {
  return {
      .name = "mitm-dump",
      .summary = "print what mitm-record recorded",
      .synopsis = {"-r FILE [-r FILE]... [OPTION...] [FILTER]",
                   "-r FILE [-r FILE]... -w FILE [-c N | --flow ID] [-f | FILTER]",
                   "-r FILE --recover FILE"},
      .examples = {{"mitm-dump -r session.flowz", "List the flows of a recording, one a line."},
                   {"mitm-dump -vv -r session.flowz", "With heads and bodies."},
                   {"mitm-dump -r session.flowz --flow 12 --body response > image.png",
                    "Save what one request was answered with."},
                   {"mitm-dump -r session.flowz -o ndjson | jq -r .request.url",
                    "Work on it with jq."},
                   {"mitm-dump -r session.flowz host example.com and 'status >= 500'",
                    "What one server could not do."},
                   {"mitm-dump -f -r session.flowz", "List flows while they are recorded."},
                   {"mitm-dump -r a.flowz -r b.flowz -w both.flowz", "Make one recording of two."}},
      .description =
          {"mitm-dump reads recordings and prints their flows in the order in which they ended: an "
           "HTTP exchange, a connection of another protocol, or TLS that was passed through.",
           "A line shows when the flow began, its id, client and server, what was asked for, the "
           "size of what the client sent (after +), the status, the size of the answer and the "
           "time "
           "it took. Words in brackets tell what was not ordinary.",
           "A damaged recording is read as far as what it holds can be verified; what is lost is "
           "told on standard error. Control characters that were received never reach the "
           "terminal: "
           "they are shown as \\xNN or \\u{NNNN}."},
      .positionals = {{.name = "FILTER",
                       .summary = "which flows: host example.com and status >= 500",
                       .at_most = cli::kAnyNumber}},
      .flags = flags(),
      .exit_statuses = {{0, "success, also when the reader of standard output went away"},
                        {1,
                         "a file is not a recording or nothing of it can be read, or there is no "
                         "such flow"},
                        {2, "wrong usage; also an output that is one of the inputs"},
                        {3,
                         "something is lost: a recording was damaged, cut short or not closed "
                         "cleanly"}},
      .environment = {{"TZ", "time zone of the times shown, and of those in filters"},
                      {"TMPDIR",
                       "where bodies above 1 MiB wait for their flow to end, and pipes to be read "
                       "again (/tmp)"},
                      {"NO_COLOR", "no colours, unless \\flag{color} says otherwise"}},
      .sections = {filter_manual()},
      .see_also = {"mitm-record(1)", "mitm-replay(1)", "mitm-ca(1)"},
  };
}

}  // namespace mitm::dump
