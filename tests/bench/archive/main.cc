// Writes an archive of made-up flows as the recorder's thread does, and tells what that cost it.
//
//   bench_archive FILE FLOWS BODY [POOL]
//
// Bodies are taken from the file POOL, which should hold 8 MiB; without it they are random.

#include <fmt/format.h>

#include <charconv>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "lib/archive/writer.h"
#include "lib/base/io.h"
#include "tests/bench/processor_time.h"

namespace {

using namespace mitm;
using bench::processor_time;

constexpr std::size_t kPool = 8 * 1024 * 1024;

/// Pieces of bodies, which repeat each other only after more than any compressor remembers.
class Bodies {
 public:
  /// `pool` is repeated up to where `size` octets can begin anywhere in its first kMoves.
  Bodies(Bytes pool, std::size_t size) : pool_(std::move(pool)) {
    while (pool_.size() < size + kMoves) pool_ += pool_.substr(0, size + kMoves - pool_.size());
  }

  Bytes next(std::size_t size) {
    const std::size_t begin = offset_;
    offset_ = (offset_ + size) % kMoves;
    return pool_.substr(begin, size);
  }

 private:
  static constexpr std::size_t kMoves = kPool;
  Bytes pool_;
  std::size_t offset_ = 0;
};

/// The records of one exchange; every hundredth opens a connection.
std::vector<flow::Record> exchange(std::uint64_t number, std::size_t body, Bodies& bodies,
                                   Time now) {
  const flow::ConnectionId connection = 1 + number / 100;
  std::vector<flow::Record> records;
  const auto add = [&](flow::FlowId flow, flow::Event event) {
    records.push_back({.time = now += std::chrono::microseconds(7),
                       .connection = connection,
                       .flow = flow,
                       .event = std::move(event)});
  };
  if (number % 100 == 0) {
    add(0, flow::ConnectionOpened{.client = {"127.0.0.1", 40000}, .listener = {"127.0.0.1", 8080}});
    add(0, flow::ServerConnected{.target = {"shop.example", 443}, .server = {"192.0.2.1", 443}});
  }
  const std::string target = fmt::format("/articles/{}?session={:x}", number, number * 2654435761U);
  const flow::FlowId flow = number + 1;
  add(flow, flow::RequestHead{.method = "GET",
                              .scheme = "https",
                              .target = target,
                              .authority = "shop.example",
                              .version = "HTTP/1.1",
                              .raw = fmt::format("GET {} HTTP/1.1\r\nHost: shop.example\r\n"
                                                 "User-Agent: bench/1\r\nAccept: */*\r\n\r\n",
                                                 target),
                              .fields = {}});
  add(flow, flow::MessageEnd{});
  add(flow,
      flow::ResponseHead{.version = "HTTP/1.1",
                         .status = 200,
                         .reason = "OK",
                         .raw = fmt::format("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n"
                                            "Content-Type: text/html\r\nETag: \"{:x}\"\r\n\r\n",
                                            body, number * 40503),
                         .fields = {}});
  for (std::size_t left = body; left > 0;) {
    const std::size_t size = std::min(left, flow::kMaxChunk);
    add(flow, flow::BodyChunk{.sender = flow::Side::kServer, .data = bodies.next(size)});
    left -= size;
  }
  add(flow,
      flow::MessageEnd{.sender = flow::Side::kServer, .body_size = body, .recorded_size = body});
  add(flow, flow::FlowEnd{.bytes_from_client = 100, .bytes_to_client = body + 100});
  if (number % 100 == 99) add(0, flow::ConnectionClosed{});
  return records;
}

Bytes random_octets(std::size_t size) {
  Bytes octets;
  std::mt19937_64 generator(1);
  while (octets.size() < size) {
    const std::uint64_t number = generator();
    octets.append(reinterpret_cast<const char*>(&number), sizeof number);
  }
  return octets;
}

struct Cost {
  std::uint64_t records = 0;
  double seconds = 0;
};

Result<Cost> write(const std::string& path, std::uint64_t flows, std::size_t body, Bodies& bodies) {
  const SystemClock clock;
  auto sink = archive::create_archive_file(path);
  if (!sink) return std::unexpected(std::move(sink).error());
  auto writer = archive::Writer::open(*std::move(sink), {.run_id = 1, .tool = "bench 1"}, clock);
  if (!writer) return std::unexpected(std::move(writer).error());
  Cost cost;
  Time flushed = clock.now();
  for (std::uint64_t number = 0; number < flows; ++number) {
    const auto records = exchange(number, body, bodies, clock.now());
    const double before = processor_time();
    for (const flow::Record& record : records) MITM_TRY((*writer)->append(record));
    if (clock.now() - flushed > std::chrono::milliseconds(200)) {
      MITM_TRY((*writer)->flush());
      flushed = clock.now();
    }
    cost.seconds += processor_time() - before;
    cost.records += records.size();
  }
  const double before = processor_time();
  MITM_TRY((*writer)->finish({.seen = flows, .recorded = flows}));
  cost.seconds += processor_time() - before;
  return cost;
}

bool parse(std::string_view text, std::uint64_t& number) {
  return std::from_chars(text.begin(), text.end(), number).ec == std::errc();
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t flows = 0;
  std::uint64_t body = 0;
  if (argc < 4 || argc > 5 || !parse(argv[2], flows) || !parse(argv[3], body)) {
    fmt::print(stderr, "usage: bench_archive FILE FLOWS BODY [POOL]\n");
    return 2;
  }
  const auto pool = argc == 5 ? read_file(argv[4], kPool) : Result<Bytes>(random_octets(kPool));
  if (!pool || pool->empty()) {
    fmt::print(stderr, "bench_archive: {} cannot be read, or is empty\n", argv[4]);
    return 1;
  }
  Bodies bodies(*pool, body);
  const auto cost = write(argv[1], flows, body, bodies);
  if (!cost) {
    fmt::print(stderr, "bench_archive: {}\n", cost.error().message);
    return 1;
  }
  fmt::print("{{\"flows\":{},\"records\":{},\"body_octets\":{},\"seconds\":{:.6f}}}\n", flows,
             cost->records, flows * body, cost->seconds);
  return 0;
}
