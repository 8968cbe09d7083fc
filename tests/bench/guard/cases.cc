#include "tests/bench/guard/cases.h"

#include <fmt/format.h>

#include <cstdlib>
#include <memory>
#include <utility>
#include <vector>

#include "lib/archive/reader.h"
#include "lib/archive/writer.h"
#include "lib/flow/flow_stream.h"
#include "lib/proxy/http1_recording.h"
#include "lib/render/flow_text.h"
#include "tests/bench/guard/exchanges.h"
#include "tests/support/manual_clock.h"
#include "tests/support/memory_io.h"
#include "tests/support/records.h"

namespace mitm::bench {
namespace {

/// The recorder flushes by time; so many exchanges between two flushes are a busy proxy's.
constexpr unsigned kFlushEvery = 200;

void need(const Status& status) {
  if (status) return;
  fmt::print(stderr, "bench_guard: {}\n", status.error().message);
  std::abort();
}

class NullSink final : public ByteSink {
 public:
  Status write(ByteView) override { return {}; }
  Status sync() override { return {}; }
  Status close() override { return {}; }
};

std::vector<Exchange> exchanges(unsigned count) {
  std::vector<Exchange> all;
  for (unsigned i = 0; i < count; ++i) all.push_back(exchange(i));
  return all;
}

proxy::Http1Recording recording(proxy::Journal& journal) {
  return {proxy::ConnectionJournal(journal, 1), {}, "https", "shop.example"};
}

/// The records of each exchange, as the proxy makes them.
std::vector<std::vector<flow::Record>> records(unsigned count) {
  CollectingJournal journal;
  auto http = recording(journal);
  Decoders decoders;
  std::vector<std::vector<flow::Record>> all;
  for (const Exchange& each : exchanges(count)) {
    decoders.decode(
        each, [&](const auto& event) { http.on_request(event); },
        [&](const auto& event) { http.on_response(event); });
    all.push_back(std::exchange(journal.records, {}));
  }
  return all;
}

std::unique_ptr<archive::Writer> open_writer(std::unique_ptr<ByteSink> sink, const Clock& clock) {
  auto writer = archive::Writer::open(std::move(sink), {.run_id = 7, .tool = "guard"}, clock);
  if (!writer) need(std::unexpected(writer.error()));
  for (const flow::Record& record : test::RecordScript()
                                        .connection(1)
                                        .add(0, test::from_client())
                                        .add(0, test::to_server("shop.example", "192.0.2.1"))
                                        .records()) {
    need((*writer)->append(record));
  }
  return *std::move(writer);
}

void write(archive::Writer& writer, const std::vector<std::vector<flow::Record>>& records) {
  unsigned unflushed = 0;
  for (const auto& each : records) {
    for (const flow::Record& record : each) need(writer.append(record));
    if (++unflushed % kFlushEvery == 0) need(writer.flush());
  }
}

Bytes archive_of(unsigned count) {
  const test::ManualClock clock(test::at(0));
  const auto content = std::make_shared<Bytes>();
  const auto writer = open_writer(std::make_unique<test::MemorySink>(content), clock);
  write(*writer, records(count));
  need(writer->finish({}));
  return *content;
}

/// Bytes of both directions to events.
std::function<void()> decode(unsigned count) {
  return [all = exchanges(count)] {
    Decoders decoders;
    for (const Exchange& each : all) {
      decoders.decode(each, [](const auto&) {}, [](const auto&) {});
    }
  };
}

/// The same, and events to records.
std::function<void()> record(unsigned count) {
  return [all = exchanges(count)] {
    CollectingJournal journal;
    auto http = recording(journal);
    Decoders decoders;
    for (const Exchange& each : all) {
      decoders.decode(
          each, [&](const auto& event) { http.on_request(event); },
          [&](const auto& event) { http.on_response(event); });
      journal.records.clear();
    }
  };
}

/// Records to an archive.
std::function<void()> write_archive(unsigned count) {
  return [all = records(count)] {
    const test::ManualClock clock(test::at(0));
    const auto writer = open_writer(std::make_unique<NullSink>(), clock);
    write(*writer, all);
    need(writer->finish({}));
  };
}

/// An archive to a line of text for each flow.
std::function<void()> list(unsigned count) {
  return [content = archive_of(count)] {
    auto reader = archive::Reader::open(std::make_unique<test::MemorySource>(content), "guard");
    if (!reader) return need(std::unexpected(reader.error()));
    NullSink sink;
    render::FlowText lines({}, sink);
    flow::FlowStream flows;
    while (true) {
      auto next = (*reader)->next();
      if (!next) return need(std::unexpected(next.error()));
      if (!*next) return;
      need(flows.add(**std::move(next)));
      while (const auto flow = flows.next()) need(lines.print(flow->flow, nullptr));
    }
  };
}

}  // namespace

const std::map<std::string, Case>& cases() {
  static const std::map<std::string, Case> kCases = {
      {"decode", decode}, {"record", record}, {"write", write_archive}, {"list", list}};
  return kCases;
}

}  // namespace mitm::bench
