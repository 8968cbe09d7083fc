#include "tests/support/http1_events.h"

#include <fmt/format.h>

#include <catch2/catch.hpp>

namespace mitm::test {
namespace {

std::string framing_text(wire::BodyFraming framing, std::uint64_t length) {
  switch (framing) {
    case wire::BodyFraming::kNone:
      return "none";
    case wire::BodyFraming::kLength:
      return fmt::format("length {}", length);
    case wire::BodyFraming::kChunked:
      return "chunked";
    case wire::BodyFraming::kUntilClose:
      return "until-close";
  }
  return {};
}

/// Turns events into lines and keeps account of the bytes.
struct Transcript {
  std::vector<std::string> lines;
  std::string wire;
  bool in_body = false;
  bool in_unparsed = false;

  void line(std::string text) {
    lines.push_back(std::move(text));
    in_body = in_unparsed = false;
  }
  void operator()(const wire::NeedData&) {}
  void operator()(const wire::Paused&) { line("paused"); }
  void operator()(const wire::Oddity& oddity) {
    line(fmt::format("oddity{} {}", oddity.framing ? "!" : "", oddity.name));
  }
  void operator()(const wire::RequestHead& head) {
    wire += head.wire;
    CHECK(head.wire.ends_with(head.raw));
    line(fmt::format("request {} {} {} {}{}{}", head.method, head.target, head.version,
                     framing_text(head.framing, head.length), head.keep_alive ? " keep-alive" : "",
                     head.upgrade_asked ? " upgrade" : ""));
    for (const auto& field : head.fields)
      lines.back() += fmt::format(" {}={}", field.name, field.value);
  }
  void operator()(const wire::ResponseHead& head) {
    wire += head.wire;
    CHECK(head.wire.ends_with(head.raw));
    line(fmt::format("response {} {} {}{}", head.status, head.reason,
                     framing_text(head.framing, head.length),
                     head.keep_alive ? " keep-alive" : ""));
  }
  void operator()(const wire::BodyData& body) {
    wire += body.wire;
    if (body.data.empty()) return;
    if (!in_body) line("body ");
    in_body = true;
    lines.back() += body.data;
  }
  void operator()(const wire::Trailers& trailers) {
    wire += trailers.wire;
    line(fmt::format("trailers {}", trailers.raw));
  }
  void operator()(const wire::MessageEnd& end) {
    wire += end.wire;
    line(end.complete ? "end" : "end incomplete");
    if (!end.wire.empty()) lines.back() += fmt::format(" after {}", end.wire);
  }
  void operator()(const wire::Unparsed& bytes) {
    CHECK_FALSE(bytes.wire.empty());
    wire += bytes.wire;
    if (!in_unparsed) line("unparsed ");
    in_unparsed = true;
    lines.back() += bytes.wire;
  }
  void operator()(const wire::Failed& failed) { line(fmt::format("failed {}", failed.reason)); }
};

void drain(wire::Http1Decoder& decoder, Transcript& transcript, std::optional<bool> switched) {
  while (true) {
    const wire::Event event = decoder.next();
    if (std::holds_alternative<wire::NeedData>(event)) return;
    if (std::holds_alternative<wire::Paused>(event)) {
      // Said again and again until resume(): one line for all.
      if (transcript.lines.empty() || transcript.lines.back() != "paused")
        transcript(wire::Paused{});
      if (!switched) return;
      decoder.resume(*switched);
      continue;
    }
    std::visit(transcript, event);
  }
}

}  // namespace

std::vector<std::string> http1_events(const Pieces& pieces, const Http1Run& run) {
  wire::Http1Decoder decoder(run.role, run.limits);
  for (const auto& request : run.requests) decoder.expect(request);
  Transcript transcript;
  const auto switched = run.resume_late ? std::nullopt : run.switched;
  std::string input;
  for (const std::string& piece : pieces) {
    const auto own = std::make_unique<std::string>(piece);
    decoder.feed(*own);
    drain(decoder, transcript, switched);
    input += piece;
  }
  if (run.resume_late && run.switched) drain(decoder, transcript, run.switched);
  if (run.eof_clean) {
    decoder.feed_eof(*run.eof_clean);
    drain(decoder, transcript, run.switched);
    CHECK(transcript.wire == input);
  }
  CHECK(input.starts_with(transcript.wire));
  return transcript.lines;
}

std::vector<std::string> http1_events_every_way(std::string_view input, const Http1Run& run) {
  std::vector<std::string> first;
  bool have_first = false;
  for (const Pieces& pieces : cuttings(input)) {
    auto lines = http1_events(pieces, run);
    if (!have_first) {
      first = std::move(lines);
      have_first = true;
    } else if (lines != first) {
      CHECK(lines == first);
      return first;
    }
  }
  return first;
}

Names oddities_of(std::string_view requests) {
  constexpr std::string_view kHarmless = "oddity ";
  constexpr std::string_view kFraming = "oddity! ";
  Names names;
  for (const std::string& line : http1_events_every_way(requests)) {
    if (line.starts_with(kHarmless)) names.insert(line.substr(kHarmless.size()));
    if (line.starts_with(kFraming)) names.insert(line.substr(kFraming.size()));
    if (line.starts_with("failed")) names.insert("failed");
  }
  return names;
}

Names oddities_of_fields(std::string_view lines) {
  return oddities_of(fmt::format("POST / HTTP/1.1\r\nHost: x\r\n{}\r\n", lines));
}

}  // namespace mitm::test
