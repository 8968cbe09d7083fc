#include "cmd/mitm-dump/outputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <string>

#include "formats/ndjson.h"
#include "formats/statistics_json.h"
#include "lib/flow/flow_statistics.h"
#include "lib/render/content.h"
#include "lib/render/flow_text.h"
#include "lib/render/statistics.h"

namespace mitm::dump {
namespace {

class TextOutput final : public FlowOutput {
 public:
  TextOutput(const render::TextOptions& options, ByteSink& sink) : text_(options, sink) {}
  void show_run() override { text_.show_run(); }
  Status print(const flow::FinishedFlow& flow) override {
    return text_.print(flow.flow, flow.bodies.get());
  }

 private:
  render::FlowText text_;
};

class NdjsonOutput final : public FlowOutput {
 public:
  NdjsonOutput(const formats::NdjsonOptions& options, ByteSink& sink) : writer_(options, sink) {}
  Status print(const flow::FinishedFlow& flow) override {
    return writer_.write(flow.flow, flow.bodies.get());
  }

 private:
  formats::NdjsonWriter writer_;
};

class CountOutput final : public FlowOutput {
 public:
  explicit CountOutput(ByteSink& sink) : sink_(sink) {}
  Status print(const flow::FinishedFlow&) override {
    ++count_;
    return {};
  }
  Status finish() override { return sink_.write(fmt::format("{}\n", count_)); }

 private:
  ByteSink& sink_;
  std::uint64_t count_ = 0;
};

class StatsOutput final : public FlowOutput {
 public:
  StatsOutput(const Config& config, ByteSink& sink) : config_(config), sink_(sink) {}
  Status print(const flow::FinishedFlow& flow) override {
    statistics_.add(flow.flow);
    return {};
  }
  Status finish() override {
    if (config_.format == Format::kStatsNdjson) {
      return formats::write_statistics(statistics_, sink_);
    }
    std::string text;
    render::append_statistics(text, statistics_);
    return sink_.write(text);
  }

 private:
  const Config& config_;
  ByteSink& sink_;
  flow::FlowStatistics statistics_;
};

/// Secrets of the TLS sessions that flows went through. Lines that come again do no harm.
class KeyLogOutput final : public FlowOutput {
 public:
  KeyLogOutput(ByteSink& sink, const cli::Diagnostics& diagnostics)
      : sink_(sink), diagnostics_(diagnostics) {}

  Status print(const flow::FinishedFlow& flow) override {
    if (flow.flow.client) MITM_TRY(print_new(flow.flow.client->tls));
    return flow.flow.server ? print_new(flow.flow.server->tls) : Status{};
  }

  Status finish() override {
    if (!printed_)
      diagnostics_.warning(
          "no secrets were recorded; mitm-record stores them with --record-secrets");
    return {};
  }

 private:
  using Facts = std::shared_ptr<const flow::TlsFacts>;

  /// Flows of a connection share what is known of it.
  Status print_new(const Facts& facts) {
    constexpr std::size_t kRemembered = 64;
    if (!facts || facts->secrets.empty() || std::ranges::find(recent_, facts) != recent_.end())
      return {};
    recent_.push_back(facts);
    if (recent_.size() > kRemembered) recent_.pop_front();
    return print_lines(facts->secrets);
  }

  /// Recordings come from anywhere, and this may be a terminal.
  Status print_lines(ByteView secrets) {
    while (!secrets.empty()) {
      const ByteView line = secrets.substr(0, secrets.find('\n'));
      secrets.remove_prefix(std::min(secrets.size(), line.size() + 1));
      const bool is_plain = std::ranges::all_of(line, [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '_' || c == ' ';
      });
      if (!is_plain || line.empty()) continue;
      MITM_TRY(sink_.write(line));
      MITM_TRY(sink_.write("\n"));
      printed_ = true;
    }
    return {};
  }

  ByteSink& sink_;
  const cli::Diagnostics& diagnostics_;
  std::deque<Facts> recent_;
  bool printed_ = false;
};

class BodyOutput final : public FlowOutput {
 public:
  BodyOutput(const Config& config, ByteSink& sink, const cli::Diagnostics& diagnostics)
      : config_(config), sink_(sink), diagnostics_(diagnostics) {}

  Status print(const flow::FinishedFlow& flow) override {
    tell_holes(flow.flow);
    if (flow.bodies == nullptr) return {};
    const Spool& body = flow.bodies->body(config_.side);
    if (body.size() == 0) return print_raw(flow.bodies->transcript);
    auto encoding = usable_encoding(flow.flow, body);
    if (!encoding) return std::unexpected(std::move(encoding).error());
    SpoolSource source(body);
    return copy(source, *encoding);
  }

 private:
  /// Nothing in what is written shows that something is missing.
  void tell_holes(const flow::Flow& flow) const {
    const auto tell = [&](std::string_view what) {
      diagnostics_.warning(fmt::format("flow {}: {}", flow.id, what));
    };
    for (const flow::Anomaly& anomaly : flow.anomalies)
      if (anomaly.name == flow::Flow::kDamaged && anomaly.sender == config_.side &&
          !anomaly.detail.empty())
        tell(anomaly.detail);
    const flow::Message& message = flow.message(config_.side);
    if (config_.side == flow::Side::kServer && flow.kind == flow::Kind::kHttp && !flow.response)
      return;  // there was none
    if (flow.kind == flow::Kind::kHttp && !message.ended)
      tell("the message was not recorded to its end");
    else if (message.recorded_size < message.body_size && !flow.is_damaged())
      tell(fmt::format("{} of {} octets of the body were recorded", message.recorded_size,
                       message.body_size));
  }

  /// The Content-Encoding to undo; empty, with a warning, where that does not work to the end.
  Result<std::string> usable_encoding(const flow::Flow& flow, const Spool& body) {
    std::string encoding = render::content_facts(flow, config_.side).encoding;
    if (!config_.text.decode || encoding.empty()) return std::string();
    SpoolSource source(body);
    const auto end = render::read_content(source, encoding, [](ByteView) { return true; });
    if (!end) return std::unexpected(end.error());
    if (!end->undecodable) return encoding;
    diagnostics_.warning(fmt::format("flow {}: body written as it was recorded: {}", flow.id,
                                     end->undecodable->message));
    return std::string();
  }

  Status print_raw(const flow::Transcript& transcript) {
    std::uint64_t position = 0;
    while (true) {
      const auto piece = transcript.next(position);
      if (!piece) return std::unexpected(piece.error());
      if (!*piece) return {};
      if ((*piece)->sender != config_.side) continue;
      SpoolSource source = transcript.bytes(**piece);
      MITM_TRY(copy(source, ""));
    }
  }

  Status copy(ByteSource& source, ByteView encoding) {
    Status written;
    const auto end = render::read_content(source, encoding, [&](ByteView piece) {
      written = sink_.write(piece);
      return written.has_value();
    });
    return end ? written : std::unexpected(end.error());
  }

  const Config& config_;
  ByteSink& sink_;
  const cli::Diagnostics& diagnostics_;
};

}  // namespace

std::unique_ptr<FlowOutput> make_output(const Config& config, ByteSink& sink,
                                        const cli::Diagnostics& diagnostics) {
  switch (config.format) {
    case Format::kText:
      return std::make_unique<TextOutput>(config.text, sink);
    case Format::kNdjson:
      return std::make_unique<NdjsonOutput>(
          formats::NdjsonOptions{.bodies = config.bodies, .decode = config.text.decode}, sink);
    case Format::kKeyLog:
      return std::make_unique<KeyLogOutput>(sink, diagnostics);
    case Format::kBody:
      return std::make_unique<BodyOutput>(config, sink, diagnostics);
    case Format::kCount:
      return std::make_unique<CountOutput>(sink);
    case Format::kStats:
    case Format::kStatsNdjson:
      return std::make_unique<StatsOutput>(config, sink);
  }
  return nullptr;
}

bool needs_bodies(const Config& config) {
  switch (config.format) {
    case Format::kText:
      return render::FlowText::needs_bodies(config.text.detail);
    case Format::kNdjson:
      return config.bodies;
    case Format::kBody:
      return true;
    case Format::kKeyLog:
    case Format::kCount:
    case Format::kStats:
    case Format::kStatsNdjson:
      return false;
  }
  return false;
}

}  // namespace mitm::dump
