#include <catch2/catch.hpp>
#include <vector>

#include "lib/proxy/tap.h"
#include "tests/support/cuts.h"
#include "tests/support/record_lines.h"

namespace mitm::proxy {
namespace {

using Lines = std::vector<std::string>;
using flow::Side;

/// What one side sends, and then what the other one does, in turn.
struct Turn {
  Side sender;
  std::string bytes;
};

Turn client(std::string bytes) { return {Side::kClient, std::move(bytes)}; }
Turn server(std::string bytes) { return {Side::kServer, std::move(bytes)}; }

struct Ending {
  bool client_ends = true;
  bool server_ends = true;
  bool clean = true;
  std::optional<flow::FlowError> error = std::nullopt;
};

Lines tap_once(const std::vector<std::vector<std::string>>& turns, const std::vector<Turn>& who,
               const Ending& ending, RecordingOptions options) {
  test::MemoryJournal journal;
  const auto tap = make_http1_tap({journal, 1}, options, {"https", "a.example"});
  for (std::size_t i = 0; i < turns.size(); ++i) {
    for (const auto& piece : turns[i]) tap->on_bytes(who[i].sender, piece);
  }
  if (ending.client_ends) tap->on_end(Side::kClient, ending.clean);
  if (ending.server_ends) tap->on_end(Side::kServer, ending.clean);
  tap->close(ending.error);
  CHECK(tap->idle());
  return test::record_lines(journal.records);
}

/// The records, the same however each turn's bytes are cut.
Lines tapped(const std::vector<Turn>& turns, const Ending& ending = {},
             RecordingOptions options = {}) {
  constexpr std::size_t kWays = 14;
  Lines first;
  for (std::size_t way = 0; way < kWays; ++way) {
    std::vector<std::vector<std::string>> cut;
    for (const auto& turn : turns) cut.push_back(test::cuttings(turn.bytes).at(way));
    auto lines = tap_once(cut, turns, ending, options);
    if (way == 0) first = lines;
    REQUIRE(lines == first);
  }
  return first;
}

const std::string kGet = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";
const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

TEST_CASE("one exchange is one flow") {
  CHECK(tapped({client(kGet), server(kOk)}) ==
        Lines{"1 request GET https://a.example/", "1 client end 0", "1 response 200",
              "1 server body ok", "1 server end 2", "1 end http complete 35/40"});
}

TEST_CASE("when too many requests wait the rest is bytes, in order, and it says so") {
  std::string requests;
  for (int i = 0; i < 1025; ++i) requests += kGet;
  test::MemoryJournal journal;
  const auto tap = make_http1_tap({journal, 1}, {}, {"https", "a.example"});
  tap->on_bytes(Side::kClient, requests + "GET /FIRST-PART");
  tap->on_bytes(Side::kClient, "-SECOND-PART");
  tap->close(std::nullopt);
  const auto lines = test::record_lines(journal.records);
  CHECK(std::ranges::count(lines, "1025 client bytes GET /FIRST-PART-SECOND-PART") == 1);
  CHECK(std::ranges::count(lines, "1025 client anomaly unparsable") == 1);
}

TEST_CASE("half a head is recorded when the connection breaks off") {
  const auto lines = tapped(
      {client(kGet), server(kOk), client("GET /half HT")},
      {.client_ends = false, .server_ends = false, .error = flow::FlowError{"client-reset", ""}});
  CHECK(std::ranges::find(lines, "2 client bytes GET /half HT") != lines.end());
  CHECK(lines.back().starts_with("2 end tcp incomplete error client-reset"));
}

TEST_CASE("pipelined requests get their responses in order") {
  const auto lines = tapped({client("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nHEAD /2 HTTP/1.1\r\nHost: "
                                    "a\r\n\r\nGET /3 HTTP/1.1\r\nHost: a\r\n\r\n"),
                             server(kOk + "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n" +
                                    "HTTP/1.1 404 Not Found\r\nContent-Length: 1\r\n\r\nx")});
  CHECK(lines == Lines{"1 request GET https://a/1", "1 client end 0", "2 request HEAD https://a/2",
                       "2 client end 0", "3 request GET https://a/3", "3 client end 0",
                       "1 response 200", "1 server body ok", "1 server end 2",
                       "1 end http complete 28/40", "2 response 200", "2 server end 0",
                       "2 end http complete 29/38", "3 response 404", "3 server body x",
                       "3 server end 1", "3 end http complete 28/46"});
}

TEST_CASE("interim responses belong to the flow and do not end it") {
  CHECK(tapped(
            {client(
                 "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"),
             server("HTTP/1.1 100 Continue\r\n\r\n"), client("abc"),
             server("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n")}) ==
        Lines{"1 request POST https://a/", "1 response 100", "1 client body abc", "1 client end 3",
              "1 response 103", "1 response 204", "1 server end 0", "1 end http complete 72/80"});
}

TEST_CASE("204 and 304 have no body, whatever their length says") {
  const auto lines =
      tapped({client(kGet + kGet),
              server("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n" + kOk)});
  CHECK(std::ranges::count(lines, "1 server end 0") == 1);
  CHECK(lines.back() == "2 end http complete 35/40");
}

TEST_CASE("chunked bodies are recorded decoded, with their trailers") {
  CHECK(
      tapped({client(kGet), server("HTTP/1.1 200 OK\r\nTransfer-Encoding: "
                                   "chunked\r\n\r\n2\r\nab\r\n3\r\ncde\r\n0\r\nX-T: 1\r\n\r\n")}) ==
      Lines{"1 request GET https://a.example/", "1 client end 0", "1 response 200",
            "1 server body abcde", "1 server trailers X-T: 1\r\n", "1 server end 5",
            "1 end http complete 35/75"});
}

TEST_CASE("a trailer section that is cut off belongs to its exchange") {
  const std::string answer =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nX-T";
  const Lines expected = {"1 request GET https://a.example/",
                          "1 client end 0",
                          "1 response 200",
                          "1 server body ab",
                          "1 server bytes X-T",
                          "1 server end 2 incomplete",
                          "1 end http incomplete error incomplete 35/60"};
  CHECK(tapped({client(kGet), server(answer)}) == expected);
  CHECK(tapped({client(kGet), server(answer)}, {.server_ends = false}) == expected);
  const flow::FlowError reset{"server-reset", "reset"};
  const Ending cut{.client_ends = false, .server_ends = false, .error = reset};
  CHECK(tapped({client(kGet), server(answer)}, cut).back() ==
        "1 end http incomplete error server-reset 35/60");
}

TEST_CASE("so does half a chunk's size, of a request too") {
  const auto lines = tapped(
      {client("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1")});
  CHECK(lines == Lines{"1 request POST https://a/", "1 client body ab", "1 client bytes 1",
                       "1 client end 2 incomplete", "1 end http incomplete error incomplete 64/0"});
}

TEST_CASE("a body until the close is complete only when the close was clean") {
  const std::vector<Turn> turns = {client("GET / HTTP/1.0\r\n\r\n"),
                                   server("HTTP/1.0 200 OK\r\n\r\nall of it")};
  CHECK(tapped(turns).back() == "1 end http complete 18/28");
  const auto cut = tapped(turns, {.clean = false});
  CHECK(cut[cut.size() - 2] == "1 server end 9 incomplete");
  CHECK(cut.back().starts_with("1 end http incomplete"));
}

TEST_CASE("an accepted upgrade goes on as bytes of its flow") {
  CHECK(
      tapped({client("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nearly"),
              server("HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nhello"),
              client("bye")}) == Lines{"1 request GET https://a/", "1 client end 0",
                                       "1 response 101", "1 client bytes early", "1 server end 0",
                                       "1 server bytes hello", "1 client bytes bye",
                                       "1 end http complete 68/64"});
}

TEST_CASE("a refused upgrade leaves an HTTP/1 connection") {
  const auto lines = tapped(
      {client("GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n" + kGet),
       server(kOk + kOk)});
  CHECK(lines.back() == "2 end http complete 35/40");
  CHECK(std::ranges::count_if(
            lines, [](const auto& line) { return line.find("bytes") != std::string::npos; }) == 0);
}

TEST_CASE("CONNECT inside a tunnel becomes bytes when it is accepted") {
  const auto lines = tapped({client("CONNECT b:1 HTTP/1.1\r\nHost: b:1\r\n\r\nraw"),
                             server("HTTP/1.1 200 OK\r\n\r\nwar")});
  CHECK(std::ranges::count(lines, "1 client bytes raw") == 1);
  CHECK(std::ranges::count(lines, "1 server bytes war") == 1);
  CHECK(lines.back().starts_with("1 end http complete"));
}

TEST_CASE("an exchange cut in the middle is incomplete") {
  const flow::FlowError reset{"server-reset", "reset"};
  const Ending cut{.client_ends = false, .server_ends = false, .error = reset};
  CHECK(tapped({client(kGet), server("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")}, cut) ==
        Lines{"1 request GET https://a.example/", "1 client end 0", "1 response 200",
              "1 server body half", "1 server end 4 incomplete",
              "1 end http incomplete error server-reset 35/42"});
  CHECK(tapped({client(kGet)}, cut).back() == "1 end http incomplete error server-reset 35/0");
  CHECK(tapped({client("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf")}, cut) ==
        Lines{"1 request POST https://a/", "1 client body half", "1 client end 4 incomplete",
              "1 end http incomplete error server-reset 51/0"});
}

TEST_CASE("a connection that ends without an answer leaves an incomplete flow") {
  CHECK(tapped({client(kGet)}).back() == "1 end http incomplete error incomplete 35/0");
}

TEST_CASE("a head that never ended is bytes") {
  const auto lines = tapped({client("GET / HTTP/1.1\r\nHos")});
  CHECK(std::ranges::count(lines, "1 client bytes GET / HTTP/1.1\r\nHos") == 1);
  CHECK(lines.back().starts_with("1 end tcp"));
}

TEST_CASE("a message that parsers may read differently is recorded as bytes besides") {
  const std::string odd = "GET / HTTP/1.1\r\nHost: a\r\nX : 1\r\n\r\n";
  const auto lines = tapped({client(odd), server(kOk)});
  CHECK(std::ranges::count(lines, "1 client anomaly space-before-colon") == 1);
  CHECK(std::ranges::count(lines, "1 client bytes " + odd) == 1);
  CHECK(lines.back() == "1 end http complete 34/40");
}

TEST_CASE("what nobody asked for is kept as bytes") {
  const auto lines = tapped({client(kGet), server(kOk + kOk)});
  CHECK(std::ranges::count(lines, "1 end http complete 35/40") == 1);
  CHECK(std::ranges::count(lines, "2 server bytes " + kOk) == 1);
  CHECK(std::ranges::count(lines, "2 server anomaly unsolicited-response") == 1);
  CHECK(lines.back().starts_with("2 end tcp"));
}

TEST_CASE("the snap length cuts what is recorded, not what is counted") {
  CHECK(tapped({client(kGet), server("HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabcdef")}, {},
               {.snap_length = 4}) ==
        Lines{"1 request GET https://a.example/", "1 client end 0", "1 response 200",
              "1 server body abcd", "1 server end 6 recorded 4", "1 end http complete 35/44"});
}

TEST_CASE("large bodies are recorded in chunks that fit into a record") {
  test::MemoryJournal journal;
  const auto tap = make_http1_tap({journal, 1}, {}, {"http", "a"});
  tap->on_bytes(Side::kClient, kGet);
  const std::string body(200'000, 'x');
  tap->on_bytes(Side::kServer, "HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + body);
  std::string together;
  for (const auto& record : journal.records) {
    if (const auto* chunk = std::get_if<flow::BodyChunk>(&record.event)) {
      CHECK(chunk->data.size() <= flow::kMaxChunk);
      together += chunk->data;
    }
  }
  CHECK(together == body);
}

TEST_CASE("a tap is idle between exchanges only") {
  test::MemoryJournal journal;
  const auto tap = make_http1_tap({journal, 1}, {}, {"http", "a"});
  CHECK(tap->idle());
  tap->on_bytes(Side::kClient, kGet);
  CHECK_FALSE(tap->idle());
  tap->on_bytes(Side::kServer, kOk);
  CHECK(tap->idle());
}

TEST_CASE("every octet is counted, however garbled the connection") {
  const std::string requests = kGet + "garbage\r\n\r\n" + kGet;
  const std::string responses = kOk + std::string("\0\x16\x03 HTTP/1.1 200", 16) + kOk;
  test::MemoryJournal journal;
  const auto tap = make_http1_tap({journal, 1}, {}, {"http", "a"});
  tap->on_bytes(Side::kClient, requests);
  tap->on_bytes(Side::kServer, responses);
  tap->on_end(Side::kClient, true);
  tap->on_end(Side::kServer, true);
  tap->close(std::nullopt);
  std::uint64_t from_client = 0;
  std::uint64_t to_client = 0;
  for (const auto& record : journal.records) {
    if (const auto* end = std::get_if<flow::FlowEnd>(&record.event)) {
      from_client += end->bytes_from_client;
      to_client += end->bytes_to_client;
    }
  }
  CHECK(from_client == requests.size());
  CHECK(to_client == responses.size());
}

}  // namespace
}  // namespace mitm::proxy
