#include "formats/statistics_json.h"

#include <fmt/format.h>

#include <string_view>

#include "formats/json_out.h"

namespace mitm::formats {
namespace {

using flow::FlowStatistics;

/// Of each list; enough for scripts, and no more than a line that can be read.
constexpr std::size_t kListed = 100;

void write_time(JsonOut& out, std::string_view key, const std::optional<Time>& time) {
  out.key(key);
  if (time) {
    out.string(format_rfc3339(*time));
  } else {
    out.null();
  }
}

void write_counts(JsonOut& out, const FlowStatistics& statistics) {
  out.key("kinds").begin_object();
  for (std::size_t i = 0; i < FlowStatistics::kKinds; ++i) {
    out.key(to_string(static_cast<flow::Kind>(i))).large(statistics.kinds.at(i));
  }
  out.end_object();
  out.key("statuses").begin_object();
  for (std::size_t i = 1; i < FlowStatistics::kStatusClasses; ++i) {
    out.key(fmt::format("{}xx", i)).large(statistics.statuses.at(i));
  }
  out.key("other").large(statistics.statuses.at(0));
  out.key("unanswered").large(statistics.unanswered);
  out.end_object();
}

void write_sizes(JsonOut& out, const FlowStatistics& statistics) {
  out.key("bytes").begin_object();
  out.key("sent").large(statistics.bytes_from_client);
  out.key("received").large(statistics.bytes_to_client);
  out.end_object();
  out.key("body_bytes").begin_object();
  out.key("sent").large(statistics.request_bodies);
  out.key("received").large(statistics.response_bodies);
  out.end_object();
}

void write_durations(JsonOut& out, const flow::Histogram& durations) {
  const auto milliseconds = [](std::uint64_t nanoseconds) {
    return to_milliseconds(Duration(static_cast<std::int64_t>(nanoseconds)));
  };
  out.key("duration_ms").begin_object();
  out.key("least").number(milliseconds(durations.least()));
  out.key("p50").number(milliseconds(durations.percentile(50)));
  out.key("p90").number(milliseconds(durations.percentile(90)));
  out.key("p99").number(milliseconds(durations.percentile(99)));
  out.key("most").number(milliseconds(durations.most()));
  out.key("relative_error").number(flow::Histogram::kRelativeError);
  out.end_object();
}

void write_list(JsonOut& out, std::string_view key, const flow::TopList& list, bool with_octets) {
  out.key(key).begin_array();
  for (const auto& row : list.top(kListed)) {
    out.begin_object();
    out.key("name").string(row.name);
    out.key("count").large(row.count);
    if (with_octets) out.key("bytes").large(row.octets);
    out.end_object();
  }
  out.end_array();
  out.key(fmt::format("{}_excess", key)).large(list.excess());
}

}  // namespace

Status write_statistics(const FlowStatistics& statistics, ByteSink& sink) {
  JsonOut out(sink);
  out.begin_object();
  out.key("flows").large(statistics.flows);
  out.key("passed").large(statistics.passed);
  out.key("incomplete").large(statistics.incomplete);
  out.key("failed").large(statistics.failed);
  write_time(out, "first", statistics.first);
  write_time(out, "last", statistics.last);
  write_counts(out, statistics);
  write_sizes(out, statistics);
  write_durations(out, statistics.durations);
  write_list(out, "methods", statistics.methods, false);
  write_list(out, "hosts", statistics.hosts, true);
  write_list(out, "errors", statistics.errors, false);
  write_list(out, "anomalies", statistics.anomalies, false);
  out.key("more_anomalies").large(statistics.more_anomalies);
  out.end_object();
  return out.finish();
}

}  // namespace mitm::formats
