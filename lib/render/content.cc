#include "lib/render/content.h"

#include <array>
#include <utility>

#include "lib/render/fields.h"
#include "lib/wire/content_coding.h"

namespace mitm::render {
namespace {

constexpr std::size_t kReadSize = 64 * 1024;

template <class Head>
ContentFacts facts_of(const std::optional<Head>& head) {
  if (!head) return {};
  const auto fields = header_fields(*head);
  ContentFacts facts{.type = header_value(fields, "content-type").value_or(""),
                     .encoding = header_value(fields, "content-encoding").value_or("")};
  if (facts.encoding == "identity") facts.encoding.clear();
  return facts;
}

/// Reads `source` to its end or until `out` wants no more.
Status read_all(ByteSource& source, const ContentConsumer& out) {
  Bytes buffer(kReadSize, '\0');
  while (true) {
    const auto got = source.read(buffer);
    if (!got) return std::unexpected(got.error());
    if (*got == 0 || !out(ByteView(buffer).substr(0, *got))) return {};
  }
}

}  // namespace

ContentFacts content_facts(const flow::Flow& flow, flow::Side sender) {
  return sender == flow::Side::kClient ? facts_of(flow.request) : facts_of(flow.response);
}

Result<ContentEnd> read_content(ByteSource& source, ByteView encoding, const ContentConsumer& out) {
  ContentEnd end;
  bool wanted = true;
  const auto counted = [&](ByteView bytes) {
    end.size += bytes.size();
    wanted = out(bytes);
    return wanted;
  };
  if (encoding.empty()) {
    MITM_TRY(read_all(source, counted));
    return end;
  }
  auto decoder = wire::ContentDecoder::create(encoding);
  if (!decoder) {
    end.undecodable = std::move(decoder).error();
    end.stuck = true;
    return end;
  }
  Status decoded;
  MITM_TRY(read_all(source, [&](ByteView bytes) {
    decoded = decoder->feed(bytes, counted);
    return decoded.has_value() && wanted;
  }));
  end.stuck = !decoded;
  if (decoded && wanted) decoded = decoder->finish();
  if (!decoded) end.undecodable = std::move(decoded).error();
  return end;
}

}  // namespace mitm::render
