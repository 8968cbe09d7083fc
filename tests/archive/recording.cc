#include "tests/archive/recording.h"

#include <zstd.h>

#include <catch2/catch.hpp>

#include <random>

namespace mitm::test {

using namespace mitm::flow;
using namespace std::chrono_literals;

ReadBack read_back(Bytes archive, std::size_t step) {
  ReadBack result;
  auto reader =
      archive::Reader::open(std::make_unique<MemorySource>(std::move(archive), step), "memory");
  if (!reader) {
    result.error = reader.error();
    return result;
  }
  while (true) {
    auto record = (*reader)->next();
    if (!record) result.error = record.error();
    if (!record || !*record) break;
    if (std::holds_alternative<Header>((*record)->event)) {
      result.headers.push_back(**std::move(record));
    } else if (!std::holds_alternative<ArchiveEnd>((*record)->event)) {
      result.records.push_back(**std::move(record));
    }
  }
  result.ending = (*reader)->ending();
  return result;
}

Recording::Recording(Header header, archive::WriterOptions options) {
  auto writer =
      archive::Writer::open(std::make_unique<MemorySink>(content_), header, clock_, options);
  REQUIRE(writer);
  writer_ = *std::move(writer);
}

Recording& Recording::write(const Record& record) {
  REQUIRE(writer_->append(record));
  return *this;
}

Recording& Recording::write(const std::vector<Record>& records) {
  for (const Record& record : records) write(record);
  return *this;
}

Recording& Recording::flush() {
  REQUIRE(writer_->flush());
  return *this;
}

Recording& Recording::finish() {
  REQUIRE(writer_->finish({.seen = 5, .recorded = 1, .filtered = 1, .passed = 2, .failed = 1}));
  return *this;
}

Bytes first_frame(ByteView archive) {
  return Bytes(archive.substr(0, ZSTD_findFrameCompressedSize(archive.data(), archive.size())));
}

std::size_t data_frames(ByteView archive) {
  std::size_t count = 0;
  while (!archive.empty()) {
    const Bytes frame = first_frame(archive);
    if (frame.starts_with("\x28\xB5\x2F\xFD")) ++count;
    archive.remove_prefix(std::min(frame.size(), archive.size()));
  }
  return count;
}

Bytes shrink(Bytes archive, std::size_t size) {
  archive.resize(size);
  return archive;
}

Bytes flip_bit(Bytes archive, std::size_t octet, unsigned bit) {
  archive[octet] = static_cast<char>(archive[octet] ^ (1 << bit));
  return archive;
}

std::shared_ptr<const CertificateChain> sample_chain(char id) {
  const Certificate leaf{.der = "\x30\x82\x01",
                         .subject = "CN=example.com",
                         .issuer = "CN=Example CA",
                         .dns_names = {"example.com", "*.example.com"},
                         .ip_names = {"192.0.2.1", "2001:db8::1"},
                         .serial = "0a1b",
                         .not_before = Time{1'700'000'000s},
                         .not_after = Time{1'800'000'000s},
                         .key = "EC P-256",
                         .sha256 = "00ff"};
  const Certificate issuer{.der = "\x30\x82\x02", .subject = "CN=Example CA"};
  return std::make_shared<const CertificateChain>(
      CertificateChain{.id = Bytes(32, id), .certificates = {leaf, issuer}});
}

namespace {

Totals some_totals() {
  return {.seen = 10, .recorded = 4, .filtered = 3, .passed = 2, .failed = 1};
}

TlsEstablished some_tls() {
  return {.side = Side::kServer,
          .facts = {.version = "TLSv1.3",
                    .cipher = "TLS_AES_128_GCM_SHA256",
                    .group = "X25519MLKEM768",
                    .sni = "example.com",
                    .alpn = "h2",
                    .resumed = true,
                    .verify = "ok",
                    .chain = sample_chain(),
                    .handshake = 1234us}};
}

std::vector<Event> events_of_connections() {
  return {
      ConnectionOpened{
          .client = {"127.0.0.1", 40000}, .listener = {"::1", 8080}, .mode = Mode::kTransparent},
      ServerConnected{.target = {"example.com", 443},
                      .server = {"192.0.2.1", 443},
                      .resolve = 5ms,
                      .connect = 7ms},
      ClientHelloSeen{.facts = {.sni = "example.com",
                                .alpn = {"h2", "http/1.1"},
                                .ja3 = "j3",
                                .ja4 = "j4",
                                .offers_ech = true},
                      .raw = std::string("\x16\x03\x01\x00", 4)},
      some_tls(),
      ConnectionClosed{.error = FlowError{"server-reset", "connection reset by peer"}},
      ConnectionClosed{},
  };
}

std::vector<Event> events_of_http() {
  return {
      RequestHead{.method = "GET",
                  .scheme = "https",
                  .target = "/a?b=\xff",
                  .authority = "example.com",
                  .version = "HTTP/1.1",
                  .raw = "GET /a?b=\xff HTTP/1.1\r\nHost: example.com\r\n\r\n",
                  .fields = {}},
      RequestHead{.method = "GET",
                  .scheme = "https",
                  .target = "/",
                  .authority = "example.com",
                  .version = "HTTP/2",
                  .raw = "",
                  .fields = {{":method", "GET"}, {"x", std::string("a\0b", 3)}, {"empty", ""}}},
      ResponseHead{.version = "HTTP/1.1",
                   .status = 404,
                   .reason = "Not Found",
                   .raw = "HTTP/1.1 404 Not Found\r\n\r\n",
                   .fields = {{"a", "b"}}},
      BodyChunk{.sender = Side::kServer, .data = std::string("\0\1\2\r\n", 5)},
      BodyChunk{.sender = Side::kClient, .data = ""},
      Trailers{.sender = Side::kServer, .raw = "Digest: x\r\n", .fields = {{"digest", "x"}}},
      MessageEnd{.sender = Side::kServer, .body_size = 9, .recorded_size = 5, .complete = false},
  };
}

std::vector<Event> other_events() {
  return {
      WebSocketMessage{.sender = Side::kServer,
                       .opcode = 2,
                       .final = false,
                       .compressed = true,
                       .data = "\xF2\x48"},
      RawBytes{.sender = Side::kServer, .data = "220 smtp.example.com\r\n"},
      DnsMessage{.sender = Side::kServer, .data = std::string("\x12\x34\x81\x80\0\1", 6)},
      Anomaly{.sender = Side::kServer, .name = "bare-lf", .detail = "line 3"},
      FlowEnd{.kind = Kind::kDns,
              .complete = false,
              .passed = true,
              .error = FlowError{"timeout", "no answer within 5 s"},
              .bytes_from_client = 1ULL << 40,
              .bytes_to_client = 3,
              .waited = Duration(5'000'000'000)},
      FlowEnd{.kind = Kind::kWebSocket},
      CaptureGap{.reason = "disk full", .records = 3, .bytes = 4000},
      Statistics{some_totals()},
  };
}

}  // namespace

std::vector<Record> one_of_each() {
  std::vector<Record> records;
  std::uint64_t number = 1;
  for (auto events : {events_of_connections(), events_of_http(), other_events()}) {
    for (Event& event : events) {
      records.push_back({.time = Time{1'795'405'821'123'456'789ns} + number * 1us,
                         .connection = number + 1000,
                         .flow = number * 7,
                         .source = 0,
                         .event = std::move(event)});
      ++number;
    }
  }
  return records;
}

Record noise(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_int_distribution<int> octet(0, 255);
  Bytes data(size, '\0');
  for (char& c : data) c = static_cast<char>(octet(random));
  return {.flow = seed, .event = BodyChunk{.data = std::move(data)}};
}

Record text(std::size_t size, FlowId flow) {
  static constexpr std::string_view kWords = "the quick brown fox jumps over the lazy dog ";
  Bytes data;
  while (data.size() < size) data += kWords;
  data.resize(size);
  return {.flow = flow, .event = BodyChunk{.data = std::move(data)}};
}

}  // namespace mitm::test
