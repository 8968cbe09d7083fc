#include "lib/archive/message_space.h"

#include <catch2/catch.hpp>

#include <cstring>

// message_space.h must come first.
#include "formats/flow.capnp.h"

#include <capnp/serialize.h>

using namespace mitm;
using namespace mitm::archive;

namespace {

Bytes tool_of(ByteView message) {
  std::vector<capnp::word> words(message.size() / sizeof(capnp::word));
  std::memcpy(words.data(), message.data(), message.size());
  capnp::FlatArrayMessageReader reader(kj::arrayPtr(words.data(), words.size()));
  const auto tool = reader.getRoot<schema::Record>().getHeader().getTool();
  return {tool.begin(), tool.size()};
}

void put_tool(capnp::MessageBuilder& message, const char* tool) {
  message.initRoot<schema::Record>().initHeader().setTool(tool);
}

}  // namespace

TEST_CASE("messages are made one after the other in the same place") {
  MessageSpace space(100);
  put_tool(space.begin(), "a longer text than the next");
  const Bytes first(space.end().value());
  CHECK(tool_of(first) == "a longer text than the next");
  put_tool(space.begin(), "short");
  const Bytes second(space.end().value());
  CHECK(tool_of(second) == "short");
  put_tool(space.begin(), "a longer text than the next");
  CHECK(space.end().value() == first);
}

TEST_CASE("a message that has no room is told, and the next one has it") {
  MessageSpace space(20);
  const Bytes large(1000, 'x');
  put_tool(space.begin(), large.c_str());
  CHECK_FALSE(space.end());
  space.reserve(200);
  put_tool(space.begin(), large.c_str());
  CHECK(tool_of(space.end().value()) == large);
}

TEST_CASE("octets that stay where they are become a second segment") {
  MessageSpace space(100);
  const Bytes data(64, 'd');
  capnp::MessageBuilder& message = space.begin();
  auto chunk = message.initRoot<schema::Record>().initBodyChunk();
  chunk.adoptData(capnp::Orphanage::getForMessageContaining(chunk).referenceExternalData(
      {reinterpret_cast<const kj::byte*>(data.data()), data.size()}));
  const Bytes whole = Bytes(space.end(data).value()) + data;
  std::vector<capnp::word> words(whole.size() / sizeof(capnp::word));
  std::memcpy(words.data(), whole.data(), whole.size());
  capnp::FlatArrayMessageReader reader(kj::arrayPtr(words.data(), words.size()));
  const auto read = reader.getRoot<schema::Record>().getBodyChunk().getData();
  CHECK(Bytes(reinterpret_cast<const char*>(read.begin()), read.size()) == data);
}
