// Writes the recordings that dump_test.py reads: make_recordings DIRECTORY. The same bytes every
// time.

#include <fmt/format.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <random>
#include <string>

#include "lib/archive/writer.h"
#include "tests/support/manual_clock.h"
#include "tests/support/records.h"

namespace {

using namespace mitm;
using namespace mitm::flow;
using namespace mitm::test;

constexpr std::uint64_t kRunA = 0xa3f9c01200000001;
constexpr std::uint64_t kRunB = 0xb0b0b0b000000002;

struct Recording {
  std::string name;
  Header header;
  RecordScript script;
  bool ends = true;
  std::string next_file;
};

/// {"hello":"world","list":[1,2,3]}, gzip.
const Bytes kGzipJson(
    "\x1f\x8b\x08\x00\x00\x00\x00\x00\x02\x03\xab\x56\xca\x48\xcd\xc9\xc9\x57\xb2\x52\x2a\xcf\x2f"
    "\xca\x49\x51\xd2\x51\xca\xc9\x2c\x2e\x51\xb2\x8a\x36\xd4\x31\xd2\x31\x8e\xad\x05\x00\x6d\x6a"
    "\xbe\x6b\x20\x00\x00\x00",
    52);

std::shared_ptr<const CertificateChain> chain() {
  return std::make_shared<const CertificateChain>(
      CertificateChain{.id = Bytes(32, '\1'),
                       .certificates = {{.der = "not really DER",
                                         .subject = "CN=example.com",
                                         .issuer = "CN=Test CA",
                                         .dns_names = {"example.com", "www.example.com"},
                                         .ip_names = {},
                                         .serial = "01",
                                         .not_before = at(0),
                                         .not_after = at(86'400'000.0 * 90),
                                         .key = "EC P-256",
                                         .sha256 = std::string(64, 'a')}}});
}

void tls(RecordScript& script, double time) {
  script
      .add(time, TlsEstablished{Side::kServer,
                                {.version = "TLSv1.3",
                                 .cipher = "TLS_AES_128_GCM_SHA256",
                                 .group = "X25519",
                                 .sni = "example.com",
                                 .alpn = "http/1.1",
                                 .verify = "ok",
                                 .chain = chain(),
                                 .handshake = std::chrono::milliseconds(18)}})
      .add(time + 2, TlsEstablished{Side::kClient,
                                    {.version = "TLSv1.2",
                                     .cipher = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
                                     .sni = "example.com",
                                     .alpn = "http/1.1",
                                     .resumed = true}});
}

/// Two exchanges over one TLS connection.
void add_https(RecordScript& script) {
  script.connection(1).add(0, from_client()).add(12, to_server("example.com", "192.0.2.1"));
  tls(script, 30);
  script.flow(1)
      .add(40, request_head("GET", "https", "example.com", "/a?b=c", "Accept: */*\r\n"))
      .add(40, message_end(Side::kClient))
      .add(50, response_head(200, "OK", "Content-Type: text/plain\r\nContent-Length: 13\r\n"))
      .add(51, BodyChunk{Side::kServer, "hello, world\n"})
      .add(51, message_end(Side::kServer, 13))
      .add(51.5, FlowEnd{.bytes_from_client = 60, .bytes_to_client = 90});
  script.flow(2)
      .add(60, request_head("POST", "https", "example.com", "/api",
                            "Content-Type: application/json\r\nContent-Length: 7\r\n"))
      .add(61, BodyChunk{Side::kClient, "{\"a\":1}"})
      .add(61, message_end(Side::kClient, 7))
      .add(80, response_head(201, "Created",
                             "Content-Type: application/json\r\nContent-Encoding: gzip\r\n"))
      .add(81, BodyChunk{Side::kServer, kGzipJson})
      .add(82, message_end(Side::kServer, kGzipJson.size()))
      .add(82, FlowEnd{.bytes_from_client = 120, .bytes_to_client = 130});
  script.flow(0).add(90, ConnectionClosed{});
}

/// What is not an ordinary exchange.
void add_others(RecordScript& script) {
  script.connection(2).add(100, from_client(40002)).flow(3);
  script.add(101, ServerConnected{.target = {"no.example", 80}, .server = {}})
      .add(101, request_head("GET", "http", "no.example", "/"))
      .add(102, FlowEnd{.complete = false, .error = FlowError{"dns", "no such name"}});
  script.connection(3)
      .add(110, from_client(40004))
      .add(115, to_server("db.example", "192.0.2.7", 5432))
      .flow(4)
      .add(120, RawBytes{Side::kClient, "PING\r\n"})
      .add(125, RawBytes{Side::kServer, Bytes("\0\1\2PONG", 7)})
      .add(1234, FlowEnd{.kind = Kind::kTcp, .bytes_from_client = 6, .bytes_to_client = 7});
  script.connection(4)
      .add(130, from_client(40006))
      .add(131, ClientHelloSeen{{.sni = "pinned.example", .alpn = {"h2"}}, "hello"})
      .add(135, to_server("pinned.example", "192.0.2.9"))
      .flow(5)
      .add(140, FlowEnd{.kind = Kind::kTls,
                        .passed = true,
                        .bytes_from_client = 1200,
                        .bytes_to_client = 34816});
  script.connection(5)
      .add(150, from_client(40008))
      .add(151, to_server("odd.example", "192.0.2.5", 80))
      .flow(6)
      .add(160, Anomaly{Side::kClient, "obs-fold", "in field 2"})
      .add(160, request_head("GET", "http", "odd.example", "/img", "X: a\r\n b\r\n"))
      .add(160, RawBytes{Side::kClient, "GET /img HTTP/1.1\r\n"})
      .add(160, message_end(Side::kClient))
      .add(170, response_head(103, "Early Hints"))
      .add(175, response_head(404, "Not Found", "Content-Type: image/png\r\n"))
      .add(176, BodyChunk{Side::kServer, Bytes("\x89PNG\r\n\x1a\n\0\0", 10)})
      .add(177, Trailers{.sender = Side::kServer, .raw = "X-Sum: 1\r\n"})
      .add(177, MessageEnd{Side::kServer, 4096, 10, true})
      .add(178, FlowEnd{.bytes_from_client = 70, .bytes_to_client = 4200});
  script.connection(6).add(200, from_client(40010)).flow(7);
  script.add(210, request_head("GET", "http", "slow.example", "/never"))
      .add(211, message_end(Side::kClient));
}

Recording mixed() {
  RecordScript script;
  add_https(script);
  add_others(script);
  return {"mixed", {.run_id = kRunA, .tool = "test"}, script};
}

Recording second() {
  RecordScript script;
  script.connection(1)
      .add(20, from_client(50000))
      .add(21, to_server("b.example", "192.0.2.20", 80));
  for (const FlowId id : {1U, 8U}) {
    script.flow(id)
        .add(55, request_head("GET", "http", "b.example", fmt::format("/{}", id)))
        .add(55, message_end(Side::kClient))
        .add(56, response_head(204, "No Content"))
        .add(56, message_end(Side::kServer))
        .add(57, FlowEnd{.bytes_from_client = 40, .bytes_to_client = 30});
  }
  return {"second", {.run_id = kRunB, .tool = "test"}, script};
}

/// A flow that begins in one file of a run and ends in the next.
Recording part(std::uint32_t number) {
  RecordScript script;
  script.connection(1);
  if (number == 1) {
    script.add(0, from_client()).add(1, to_server("c.example", "192.0.2.30", 80)).flow(1);
    script.add(2, request_head("GET", "http", "c.example", "/long"))
        .add(3, message_end(Side::kClient))
        .add(4, response_head(200, "OK"))
        .add(5, BodyChunk{Side::kServer, "first "});
  } else {
    script.flow(1)
        .add(4, BodyChunk{Side::kServer, "second"})
        .add(7, message_end(Side::kServer, 12))
        .add(8, FlowEnd{});
  }
  return {fmt::format("part{}", number),
          {.run_id = 0xc0ffee, .file_number = number, .tool = "test"},
          script,
          true,
          number == 1 ? "part2.flowz" : ""};
}

/// Everything that a peer can choose, chosen to do harm to a terminal.
Recording hostile() {
  const Bytes evil(
      "\x1b[2J\x1b]0;x\x07\xC2\x9b"
      "31m\xE2\x80\xAE\x7f\r\n\x08\xff");
  RecordScript script;
  script.connection(1)
      .add(0, ConnectionOpened{.client = {evil, 1}, .listener = {evil, 2}})
      .add(1, ServerConnected{.target = {evil, 3}, .server = {evil, 4}})
      .add(2, ClientHelloSeen{{.sni = evil, .alpn = {evil}}, evil});
  auto certificates = *chain();
  certificates.id = Bytes(32, '\2');
  certificates.certificates[0].subject = evil;
  certificates.certificates[0].dns_names = {evil};
  const TlsFacts facts{.version = evil,
                       .cipher = evil,
                       .group = evil,
                       .sni = evil,
                       .alpn = evil,
                       .verify = evil,
                       .chain = std::make_shared<const CertificateChain>(certificates)};
  script.add(3, TlsEstablished{Side::kServer, facts}).add(3, TlsEstablished{Side::kClient, facts});
  script.flow(1)
      .add(4, RequestHead{evil, evil, evil, evil, evil, evil + "\n" + evil, {}})
      .add(4, BodyChunk{Side::kClient, evil})
      .add(5, ResponseHead{evil, 200, evil, "", {{evil, evil}, {"content-type", "text/" + evil}}})
      .add(5, BodyChunk{Side::kServer, evil})
      .add(5, Trailers{.sender = Side::kServer, .raw = evil})
      .add(5, RawBytes{Side::kServer, evil})
      .add(5, Anomaly{Side::kServer, evil, evil})
      .add(6, FlowEnd{.complete = false, .error = FlowError{evil, evil}});
  script.flow(2).add(7, RawBytes{Side::kClient, evil}).add(8, FlowEnd{.kind = Kind::kTcp});
  return {"hostile", {.run_id = 0xbad, .tool = evil}, script};
}

/// A body that does not fit into memory's share.
Recording large() {
  RecordScript script;
  script.connection(1).add(0, from_client()).flow(1);
  script.add(1, request_head("GET", "http", "big.example", "/"))
      .add(2, response_head(200, "OK", "Content-Type: application/json\r\n"));
  const Bytes chunk(kMaxChunk, 'x');
  for (int i = 0; i < 48; ++i) script.add(3, BodyChunk{Side::kServer, chunk});
  script.add(4, message_end(Side::kServer, 48 * chunk.size())).add(5, FlowEnd{});
  return {"large", {.run_id = 0xb16, .tool = "test"}, script};
}

/// So large that it is listed by its summaries: bodies that do not compress, and between them what
/// a summary does not say in full.
Recording huge() {
  RecordScript script;
  std::mt19937 random(1);
  for (std::uint64_t id = 1; id <= 120; ++id) {
    const double start = static_cast<double>(id);
    if (id % 10 == 1) {
      script.connection(id / 10 + 1)
          .add(start, from_client())
          .add(start, to_server("huge.example", "192.0.2.9"));
      tls(script, start);
    }
    script.flow(id).add(start, request_head("GET", "https", "huge.example",
                                            id % 40 == 7 ? "/" + Bytes(3000, 'u') : "/short"));
    if (id % 40 == 9) {
      for (const char* name : {"one", "two", "three", "four", "five"})
        script.add(start, Anomaly{Side::kServer, name, "said again"});
    }
    Bytes body(kMaxChunk, '\0');
    for (char& octet : body) octet = static_cast<char>(random() & 0xFF);
    script.add(start, response_head(200, "OK"))
        .add(start, BodyChunk{Side::kServer, body})
        .add(start, message_end(Side::kServer, body.size()));
    if (id != 50) script.add(start, FlowEnd{.bytes_to_client = body.size()});
  }
  return {"huge", {.run_id = 0x4063000000000005, .tool = "test"}, script};
}

/// Many flows, for what a closed pipe and a damaged middle are tested with.
Recording many() {
  RecordScript script;
  for (std::uint64_t i = 1; i <= 12'000; ++i) {
    const double start = static_cast<double>(i);
    script.connection(i).add(start, from_client()).flow(i);
    script.add(start, request_head("GET", "http", "many.example", fmt::format("/{}", i)))
        .add(start,
             response_head(200, "OK", fmt::format("X-Id: {:x}\r\n", i * 0x9E3779B97F4A7C15U)))
        .add(start, FlowEnd{});
    script.flow(0).add(start, ConnectionClosed{});
  }
  return {"many", {.run_id = 0x3a, .tool = "test"}, script};
}

/// What is on its way to the file while a recording goes on.
Recording open() {
  Recording recording = second();
  recording.name = "open";
  recording.ends = false;
  return recording;
}

Status write(const std::filesystem::path& directory, const Recording& recording) {
  const ManualClock clock(at(0));
  auto sink = archive::create_archive_file(directory / (recording.name + ".flowz"));
  if (!sink) return std::unexpected(std::move(sink).error());
  auto writer = archive::Writer::open(*std::move(sink), recording.header, clock);
  if (!writer) return std::unexpected(std::move(writer).error());
  for (const Record& record : recording.script.records()) MITM_TRY((*writer)->append(record));
  return recording.ends ? (*writer)->finish({}, recording.next_file) : (*writer)->flush();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  for (const Recording& recording :
       {mixed(), second(), part(1), part(2), hostile(), large(), huge(), many(), open()}) {
    if (const Status written = write(argv[1], recording); !written) {
      fmt::print(stderr, "{}: {}\n", recording.name, written.error().message);
      return 1;
    }
  }
  return 0;
}
