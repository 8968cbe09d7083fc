#include "lib/render/bodies.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <string>

#include "lib/render/byte_display.h"
#include "lib/render/content.h"
#include "lib/render/heads.h"
#include "lib/render/human.h"
#include "lib/render/json_text.h"
#include "lib/render/sanitize.h"

// A body passes through in pieces. Only its beginning is held back, until it is known whether it is
// text, and JSON up to a size at which people still read it indented.
namespace mitm::render {
namespace {

constexpr std::size_t kSample = 4096;
constexpr std::size_t kMaxJson = 1024 * 1024;
constexpr std::size_t kWriteSize = 64 * 1024;

/// Collects text for a sink.
struct Output {
  ByteSink& sink;
  std::string text = {};
  Status written = {};

  void flush() {
    if (written && !text.empty()) written = sink.write(text);
    text.clear();
  }
};

class BodyPrinter {
 public:
  BodyPrinter(const TextOptions& options, std::string type, std::uint64_t size, ByteSink& sink)
      : options_(options), type_(std::move(type)), size_(size), output_{sink} {
    if (options.bytes != BytesAs::kText) display_ = make_display(options.bytes);
  }

  /// False: enough has been shown, or writing failed.
  bool take(ByteView piece) {
    const ByteView shown = piece.substr(0, std::min(std::uint64_t{piece.size()}, left()));
    limited_ = shown.size() < piece.size();
    taken_ += shown.size();
    if (display_) {
      display_->append(output_.text, shown);
    } else {
      held_ += shown;
      if (held_.size() >= (is_json() ? kMaxJson : kSample)) decide();
    }
    if (output_.text.size() >= kWriteSize) output_.flush();
    return output_.written && !limited_ && !is_note_;
  }

  /// There is no more to take. Notes may follow.
  void end() {
    if (!display_ && !is_note_) {
      indent();
      decide();
    }
    if (display_) display_->end(output_.text);
    if (is_note_)
      note(fmt::format("{} of {}", human_size(size_), type_.empty() ? "binary data" : type_));
    if (limited_ && !is_note_) note(fmt::format("cut after {}", human_size(options_.limit)));
  }

  void note(std::string_view text) {
    output_.text += "    [";
    append_sanitized(output_.text, text);
    output_.text += "]\n";
  }

  Status close() {
    output_.flush();
    return output_.written;
  }

 private:
  [[nodiscard]] std::uint64_t left() const { return options_.limit - taken_; }
  [[nodiscard]] bool is_json() const { return type_.find("json") != std::string::npos; }

  void indent() {
    if (!is_json() || limited_) return;
    auto indented = indent_json(held_);
    if (indented) held_ = *std::move(indented);
  }

  void decide() {
    is_note_ = !looks_like_text(ByteView(held_).substr(0, kSample), type_);
    if (is_note_) return;
    display_ = make_display(BytesAs::kText);
    display_->append(output_.text, held_);
    Bytes().swap(held_);
  }

  const TextOptions& options_;
  std::string type_;
  std::uint64_t size_;
  Output output_;
  bool is_note_ = false;
  bool limited_ = false;
  std::uint64_t taken_ = 0;
  Bytes held_;
  std::unique_ptr<ByteDisplay> display_;
};

constexpr std::string_view opcode_name(std::uint8_t opcode) {
  switch (opcode) {
    case 0:
      return "continuation";
    case 1:
      return "text";
    case 2:
      return "binary";
    case 8:
      return "close";
    case 9:
      return "ping";
    case 10:
      return "pong";
    default:
      return "reserved";
  }
}

std::string piece_line(const flow::Piece& piece, Time start) {
  std::string out(prefix(piece.sender));
  if (piece.kind == flow::Kind::kWebSocket) {
    out += opcode_name(piece.opcode);
    if (!piece.final) out += " piece";
    if (piece.compressed) out += " (compressed)";
    out += ' ';
  }
  append_size(out, piece.size);
  out += " after ";
  append_duration(out, std::max(elapsed(start, piece.time), Duration::zero()));
  out += '\n';
  return out;
}

/// As it is, with no type to go by.
Status print_octets(SpoolSource source, std::uint64_t size, const TextOptions& options,
                    ByteSink& sink) {
  BodyPrinter printer(options, "", size, sink);
  const auto end = read_content(source, "", [&](ByteView bytes) { return printer.take(bytes); });
  if (!end) return std::unexpected(end.error());
  printer.end();
  return printer.close();
}

}  // namespace

Status print_body(const flow::Flow& flow, flow::Side sender, const Spool& body,
                  const TextOptions& options, ByteSink& sink) {
  const flow::Message& message = flow.message(sender);
  if (body.size() == 0 && message.body_size == 0) return {};
  ContentFacts facts = content_facts(flow, sender);
  BodyPrinter printer(options, std::move(facts.type), message.body_size, sink);
  SpoolSource source(body);
  const auto end = read_content(source, options.decode ? facts.encoding : "",
                                [&](ByteView piece) { return printer.take(piece); });
  if (!end) return std::unexpected(end.error());
  printer.end();
  if (message.recorded_size < message.body_size) {
    printer.note(fmt::format("{} of {} recorded", human_size(message.recorded_size),
                             human_size(message.body_size)));
  }
  if (end->undecodable) {
    printer.note(end->undecodable->message + (end->stuck ? "; as recorded:" : ""));
  }
  MITM_TRY(printer.close());
  if (!end->stuck) return {};
  return print_octets(SpoolSource(body), message.recorded_size, options, sink);
}

Status print_transcript(const flow::Transcript& transcript, Time start, const TextOptions& options,
                        ByteSink& sink) {
  std::uint64_t position = 0;
  while (true) {
    const auto piece = transcript.next(position);
    if (!piece) return std::unexpected(piece.error());
    if (!*piece) return {};
    MITM_TRY(sink.write(piece_line(**piece, start)));
    if ((*piece)->size == 0) continue;
    MITM_TRY(print_octets(transcript.bytes(**piece), (*piece)->size, options, sink));
  }
}

}  // namespace mitm::render
