#include "cmd/mitm-record/run_notes.h"

#include <fcntl.h>

#include <catch2/catch.hpp>
#include <functional>

#include "lib/base/io.h"
#include "tests/support/temp_dir.h"

using namespace mitm;
using record::Config;
using record::GoesOn;
using record::RunNotes;

namespace {

/// What is told, without the name of the program.
std::string told(const Config& config, const std::function<void(RunNotes&)>& what) {
  const test::TempDir dir;
  const auto log = dir / "log";
  const Fd fd(::open(log.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
  const cli::Diagnostics diagnostics("test", false, fd.get());
  RunNotes notes(config, diagnostics);
  what(notes);
  std::string text = read_file(log, 10'000).value();
  for (auto at = text.find("test: "); at != std::string::npos; at = text.find("test: "))
    text.erase(at, 6);
  return text;
}

std::string totals(const proxy::Counters& counters) {
  return told({}, [&](RunNotes& notes) { notes.totals(counters); });
}

Config quiet() {
  Config config;
  config.quiet = true;
  return config;
}

}  // namespace

TEST_CASE("totals add up, and tell what is out of the ordinary only where there is any") {
  proxy::Counters counters;
  CHECK(totals(counters) ==
        "0 flows recorded, 0 filtered out, 0 passed through, 0 failed before a request; 0 seen\n");
  counters.count({});
  counters.count_filtered();
  counters.count_lost();
  counters.set_hurried_frames(7);
  CHECK(totals(counters) ==
        "1 flows recorded, 1 filtered out, 0 passed through, 0 failed before a request, 1 lost; "
        "3 seen; 7 frames compressed less to keep up\n");
}

TEST_CASE("totals tell how many were turned away") {
  proxy::Counters counters;
  counters.count_turned_away();
  CHECK(totals(counters).ends_with("\n1 connection from outside of --allow was turned away\n"));
  counters.count_turned_away();
  CHECK(totals(counters).ends_with("\n2 connections from outside of --allow were turned away\n"));
}

TEST_CASE("ways in are told with their modes") {
  Config config;
  config.ways_in = {{.mode = "explicit", .entrance = {}}, {.mode = "transparent", .entrance = {}}};
  const std::vector<flow::Endpoint> addresses = {{"127.0.0.1", 8080}, {"::1", 8081}};
  const auto listening = [&](RunNotes& notes) { notes.listening(addresses); };
  CHECK(told(config, listening) ==
        "listening on 127.0.0.1:8080 (explicit)\nlistening on [::1]:8081 (transparent)\n");
  config.quiet = true;
  CHECK(told(config, listening).empty());
}

TEST_CASE("a recording that fails is an error that says what goes on") {
  const auto failed = [](GoesOn goes_on) {
    return told(quiet(), [&](RunNotes& notes) {
      notes.recording_failed({Code::kIo, "write x: disk full"}, goes_on);
    });
  };
  CHECK(failed(GoesOn::kNothing) ==
        "error: write x: disk full\n"
        "hint: the recording ends; what was recorded before is readable\n");
  CHECK(failed(GoesOn::kCommand) ==
        "error: write x: disk full\n"
        "hint: COMMAND goes on unrecorded; what was recorded before is readable\n");
  CHECK(failed(GoesOn::kTraffic) ==
        "error: write x: disk full\n"
        "hint: traffic goes on; what cannot be recorded is counted, and recording goes on when it "
        "can\n");
}

TEST_CASE("that the reader of a recording went away is a plain fact") {
  const auto left = [](RunNotes& notes) {
    notes.recording_failed({Code::kCancelled, "nobody reads"}, GoesOn::kNothing);
  };
  CHECK(told({}, left).empty());  // of what was printed
  Config config;
  config.output.path = "-";
  CHECK(told(config, left) == "nobody reads\n");
  config.quiet = true;
  CHECK(told(config, left).empty());
}

TEST_CASE("what a gap cost is told when it is over") {
  CHECK(told(quiet(), [](RunNotes& notes) { notes.resumed({"disk full", 3, 400}); }) ==
        "warning: the recording can be written again; 3 records (400 bytes) are missing\n");
}

TEST_CASE("a file that is opened again is told, and one that cannot be is an error") {
  const auto reopened = [](const Result<std::string>& path) {
    return [path](RunNotes& notes) { notes.reopened(path); };
  };
  CHECK(told({}, reopened("x.flowz")) == "the recording goes on in x.flowz\n");
  CHECK(told({}, reopened(fail(Code::kUnsupported, "no file"))) == "SIGHUP: no file\n");
  CHECK(told(quiet(), reopened("x.flowz")).empty());
  CHECK(told(quiet(), reopened(fail(Code::kIo, "open x: no permission"))) ==
        "error: open x: no permission\nhint: the recording goes on in the file that it is in\n");
}

TEST_CASE("a truncated file is told with what never got into it") {
  const auto truncated = [](std::uint64_t records) {
    return told(quiet(), [&](RunNotes& notes) { notes.truncated("x", {"", records, 50}); });
  };
  const std::string hint =
      "\nhint: let it be moved away before SIGHUP, without logrotate's copytruncate\n";
  CHECK(truncated(0) ==
        "warning: x was truncated while it was written, and is begun anew: what it held is lost" +
            hint);
  CHECK(truncated(2) ==
        "warning: x was truncated while it was written, and is begun anew: what it held is lost, "
        "and 2 records (50 bytes) that were on their way to it" +
            hint);
}

TEST_CASE("connections that cannot be taken are told once for each kind") {
  const auto text = told(quiet(), [](RunNotes& notes) {
    notes.not_taken({"loop", "it came back"}, "mend the rule");
    notes.not_taken({"loop", "it came back again"}, "mend the rule");
    notes.not_taken({"direct", "nobody led it here"}, "use the other port");
  });
  CHECK(text ==
        "warning: it came back\nhint: mend the rule\n"
        "warning: nobody led it here\nhint: use the other port\n");
}

TEST_CASE("a command that used no proxy is hinted at in the end") {
  Config config;
  config.command = {"prog"};
  proxy::Counters counters;
  const auto hints = [&] {
    const auto text = told(config, [&](RunNotes& notes) { notes.sum_up(counters, {}); });
    return text.ends_with(
        "\nhint: prog did not use the proxy; not every program obeys http_proxy and https_proxy\n");
  };
  CHECK(hints());
  static_cast<void>(counters.next_connection());
  CHECK_FALSE(hints());
}

TEST_CASE("who wants it quiet hears of no refusals and no totals") {
  const proxy::TlsClient client{.address = "127.0.0.1", .ja4 = "", .server = "example.com"};
  const auto all = [&](RunNotes& notes) {
    notes.refused(client);
    notes.sum_up(proxy::Counters(), {client});
  };
  CHECK(told(quiet(), all).empty());
  CHECK(told({}, all).find("127.0.0.1 does not accept our certificate for example.com") == 0);
}
