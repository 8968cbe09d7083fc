#include "lib/render/flow_text.h"

#include <algorithm>

#include "lib/render/bodies.h"
#include "lib/render/facts.h"
#include "lib/render/heads.h"
#include "lib/render/line.h"

namespace mitm::render {

namespace {

/// Whether the flow's bytes say again what heads and bodies have shown, because a message was
/// malformed. After a switch of protocols, or where decoding gave up, they say what nothing else
/// says.
bool repeats_messages(const flow::Flow& flow) {
  if (flow.kind != flow::Kind::kHttp || !flow.request || !flow.response) return false;
  if (flow.response->status == 101 || flow.request->method == "CONNECT") return false;
  return std::ranges::none_of(
      flow.anomalies, [](const flow::Anomaly& anomaly) { return anomaly.name == "unparsable"; });
}

}  // namespace

Status FlowText::print(const flow::Flow& flow, const flow::FlowBodies* bodies) {
  timestamps_.append(buffer_, flow.start);
  append_line(buffer_, flow, options_);
  buffer_ += '\n';
  if (options_.detail < Detail::kHeads) return flush();
  if (options_.detail >= Detail::kEverything) append_connection(buffer_, flow);
  append_findings(buffer_, flow);
  MITM_TRY(print_message(flow, flow::Side::kClient, bodies));
  MITM_TRY(print_message(flow, flow::Side::kServer, bodies));
  MITM_TRY(print_bytes(flow, bodies));
  buffer_ += '\n';
  return flush();
}

Status FlowText::print_message(const flow::Flow& flow, flow::Side sender,
                               const flow::FlowBodies* bodies) {
  const Painter painter(options_.color);
  if (sender == flow::Side::kClient) {
    if (flow.request) append_head(buffer_, *flow.request, painter);
  } else {
    for (const flow::ResponseHead& interim : flow.interim) append_head(buffer_, interim, painter);
    if (flow.response) append_head(buffer_, *flow.response, painter);
  }
  if (bodies != nullptr && needs_bodies(options_.detail)) {
    MITM_TRY(flush());
    MITM_TRY(print_body(flow, sender, bodies->body(sender), options_, sink_));
  }
  for (const flow::Trailers& trailers : flow.message(sender).trailers) {
    append_trailers(buffer_, trailers, painter);
  }
  return {};
}

Status FlowText::print_bytes(const flow::Flow& flow, const flow::FlowBodies* bodies) {
  if (bodies == nullptr || bodies->transcript.empty()) return {};
  const bool repeats = repeats_messages(flow);
  if (repeats && options_.detail < Detail::kEverything) return {};
  if (repeats) buffer_ += "* bytes as received:\n";
  MITM_TRY(flush());
  return print_transcript(bodies->transcript, flow.start, options_, sink_);
}

Status FlowText::flush() {
  if (buffer_.empty()) return {};
  Status written = sink_.write(buffer_);
  buffer_.clear();
  return written;
}

FlowPrinter::FlowPrinter(const TextOptions& options, ByteSink& sink)
    : stream_(FlowText::needs_bodies(options.detail)
                  ? flow::FlowStream::Wanted([](const flow::Record&) { return true; })
                  : nullptr),
      text_(options, sink) {}

Status FlowPrinter::consume(const flow::Record& record) {
  MITM_TRY(stream_.add(record));
  return print_ended();
}

Status FlowPrinter::finish() {
  stream_.finish();
  return print_ended();
}

Status FlowPrinter::print_ended() {
  while (const auto finished = stream_.next()) {
    MITM_TRY(text_.print(finished->flow, finished->bodies.get()));
  }
  return {};
}

}  // namespace mitm::render
