#include "lib/archive/record_codec.h"
// record_codec.h must come before other headers of Cap'n Proto.
#include <capnp/message.h>

#include <catch2/catch.hpp>

#include "tests/archive/recording.h"

using namespace mitm;
using namespace mitm::archive;

namespace {

Decoded convert(schema::Record::Reader in) {
  ChainCache chains;
  flow::Record record;
  return from_capnp(in, chains, record);
}

}  // namespace

TEST_CASE("an enumerant of a later version makes the record unknown") {
  capnp::MallocMessageBuilder message;
  auto record = message.initRoot<schema::Record>();
  record.initFlowEnd().setKind(static_cast<schema::FlowEnd::Kind>(77));
  CHECK(convert(record) == Decoded::kUnknown);
  record.initConnectionOpened().setMode(static_cast<schema::ConnectionOpened::Mode>(77));
  CHECK(convert(record) == Decoded::kUnknown);
  record.initBodyChunk().setSender(static_cast<schema::Side>(77));
  CHECK(convert(record) == Decoded::kUnknown);
}

TEST_CASE("a certificate chain is remembered and found by its id") {
  const auto chain = test::sample_chain();
  capnp::MallocMessageBuilder message;
  auto record = message.initRoot<schema::Record>();
  to_capnp(*chain, Detail::kNames, record.initCertificateChain());
  ChainCache chains;
  flow::Record out;
  CHECK(from_capnp(record, chains, out) == Decoded::kChain);
  REQUIRE(chains.use(chain->id) != nullptr);
  CHECK(*chains.use(chain->id) == *chain);
}

TEST_CASE("a certificate chain that was lost comes with its id alone") {
  const flow::Record tls{.event = flow::TlsEstablished{.facts = {.chain = test::sample_chain()}}};
  capnp::MallocMessageBuilder message;
  auto record = message.initRoot<schema::Record>();
  to_capnp(tls, record);
  ChainCache chains;
  flow::Record out;
  REQUIRE(from_capnp(record, chains, out) == Decoded::kRecord);
  const auto& chain = std::get<flow::TlsEstablished>(out.event).facts.chain;
  REQUIRE(chain != nullptr);
  CHECK(chain->id == test::sample_chain()->id);
  CHECK(chain->certificates.empty());
}
