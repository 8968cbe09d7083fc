#include "lib/flow/body_store.h"

#include <array>
#include <bit>
#include <cstring>
#include <utility>
#include <variant>

namespace mitm::flow {
namespace {

/// What stands before the bytes of a piece in the spool. Never leaves this process.
struct StoredPiece {
  std::int64_t time = 0;
  std::uint32_t size = 0;
  Side sender = Side::kClient;
  Kind kind = Kind::kTcp;
  std::uint8_t opcode = 0;
  std::uint8_t flags = 0;
};
static_assert(std::has_unique_object_representations_v<StoredPiece>);
using StoredBytes = std::array<char, sizeof(StoredPiece)>;

constexpr std::uint8_t kFinal = 1;
constexpr std::uint8_t kCompressed = 2;

Result<bool> read_exactly(const Spool& spool, std::uint64_t offset, std::span<char> buffer) {
  while (!buffer.empty()) {
    const auto got = spool.read_at(offset, buffer);
    if (!got) return std::unexpected(got.error());
    if (*got == 0) return false;
    offset += *got;
    buffer = buffer.subspan(*got);
  }
  return true;
}

}  // namespace

Status Transcript::append(const Record& record, const Piece& piece, ByteView data) {
  const unsigned flags = (piece.final ? kFinal : 0U) | (piece.compressed ? kCompressed : 0U);
  const StoredPiece stored{.time = record.time.time_since_epoch().count(),
                           .size = static_cast<std::uint32_t>(data.size()),
                           .sender = piece.sender,
                           .kind = piece.kind,
                           .opcode = piece.opcode,
                           .flags = static_cast<std::uint8_t>(flags)};
  const auto bytes = std::bit_cast<StoredBytes>(stored);
  MITM_TRY(spool_.append({bytes.data(), bytes.size()}));
  return spool_.append(data);
}

Result<std::optional<Piece>> Transcript::next(std::uint64_t& position) const {
  StoredBytes bytes{};
  const auto found = read_exactly(spool_, position, bytes);
  if (!found) return std::unexpected(found.error());
  if (!*found) return std::nullopt;
  const auto stored = std::bit_cast<StoredPiece>(bytes);
  const Piece piece{.time = Time(Duration(stored.time)),
                    .sender = stored.sender,
                    .kind = stored.kind,
                    .opcode = stored.opcode,
                    .final = (stored.flags & kFinal) != 0,
                    .compressed = (stored.flags & kCompressed) != 0,
                    .offset = position + bytes.size(),
                    .size = stored.size};
  position = piece.offset + piece.size;
  return piece;
}

Status BodyStore::add(const Record& record) {
  if (record.flow == 0) return {};
  const auto bodies = [&]() -> FlowBodies& {
    auto& slot = flows_[{record.source, record.flow}];
    if (!slot) slot = std::make_unique<FlowBodies>();
    return *slot;
  };
  if (const auto* chunk = std::get_if<BodyChunk>(&record.event)) {
    FlowBodies& to = bodies();
    return (chunk->sender == Side::kClient ? to.request : to.response).append(chunk->data);
  }
  if (const auto* raw = std::get_if<RawBytes>(&record.event)) {
    return bodies().transcript.append(record, {.sender = raw->sender}, raw->data);
  }
  if (const auto* message = std::get_if<WebSocketMessage>(&record.event)) {
    const Piece piece{.sender = message->sender,
                      .kind = Kind::kWebSocket,
                      .opcode = message->opcode,
                      .final = message->final,
                      .compressed = message->compressed};
    return bodies().transcript.append(record, piece, message->data);
  }
  if (const auto* dns = std::get_if<DnsMessage>(&record.event)) {
    return bodies().transcript.append(record, {.sender = dns->sender, .kind = Kind::kDns},
                                      dns->data);
  }
  return {};
}

std::unique_ptr<FlowBodies> BodyStore::take(std::uint16_t source, FlowId id) {
  auto node = flows_.extract(Key{source, id});
  return node ? std::move(node.mapped()) : std::make_unique<FlowBodies>();
}

}  // namespace mitm::flow
