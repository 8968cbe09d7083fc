#include "lib/render/statistics.h"

#include <fmt/format.h>

#include <iterator>
#include <string_view>

#include "lib/render/human.h"
#include "lib/render/sanitize.h"

namespace mitm::render {
namespace {

using flow::FlowStatistics;
using flow::TopList;

void begin_line(std::string& out, std::string_view name) {
  fmt::format_to(std::back_inserter(out), "{:<11}", name);
}

/// The parts of a line that are not zero.
class Parts {
 public:
  explicit Parts(std::string& out) : out_(out) {}
  void add(std::string_view name, std::uint64_t count) {
    if (count == 0) return;
    if (any_) out_ += ", ";
    any_ = true;
    fmt::format_to(std::back_inserter(out_), "{} {}", name, count);
  }
  void end() { out_ += any_ ? "\n" : "none\n"; }

 private:
  std::string& out_;
  bool any_ = false;
};

void append_times(std::string& out, const FlowStatistics& statistics) {
  if (!statistics.first || !statistics.last) return;
  begin_line(out, "time");
  fmt::format_to(std::back_inserter(out), "{} to {} (", format_rfc3339(*statistics.first),
                 format_rfc3339(*statistics.last));
  append_duration(out, elapsed(*statistics.first, *statistics.last));
  out += ")\n";
}

void append_kinds(std::string& out, const FlowStatistics& statistics) {
  begin_line(out, "kinds");
  Parts parts(out);
  for (std::size_t i = 0; i < FlowStatistics::kKinds; ++i) {
    parts.add(to_string(static_cast<flow::Kind>(i)), statistics.kinds.at(i));
  }
  parts.end();
}

void append_statuses(std::string& out, const FlowStatistics& statistics) {
  begin_line(out, "statuses");
  Parts parts(out);
  for (std::size_t i = 1; i < FlowStatistics::kStatusClasses; ++i) {
    parts.add(fmt::format("{}xx", i), statistics.statuses.at(i));
  }
  parts.add("other", statistics.statuses.at(0));
  parts.add("unanswered", statistics.unanswered);
  parts.end();
}

void append_sizes(std::string& out, std::string_view name, std::uint64_t sent,
                  std::uint64_t received) {
  begin_line(out, name);
  out += '+';
  append_size(out, sent);
  out += ' ';
  append_size(out, received);
  fmt::format_to(std::back_inserter(out), " ({} sent, {} received)\n", sent, received);
}

void append_durations(std::string& out, const flow::Histogram& durations) {
  if (durations.count() == 0) return;
  begin_line(out, "durations");
  const auto part = [&](std::string_view name, std::uint64_t value) {
    out += name;
    append_duration(out, Duration(static_cast<std::int64_t>(value)));
  };
  part("p50 ", durations.percentile(50));
  part(", p90 ", durations.percentile(90));
  part(", p99 ", durations.percentile(99));
  part(", longest ", durations.most());
  fmt::format_to(std::back_inserter(out), " (percentiles within {:.1f} %)\n",
                 100 * flow::Histogram::kRelativeError);
}

void append_list(std::string& out, std::string_view title, const TopList& list, std::size_t most,
                 bool with_octets) {
  if (list.size() == 0) return;
  out += title;
  if (list.excess() > 0) {
    fmt::format_to(std::back_inserter(out), " (too many to count each: at most {} too high)",
                   list.excess());
  }
  out += '\n';
  for (const TopList::Row& row : list.top(most)) {
    fmt::format_to(std::back_inserter(out), "{:>10}  ", row.count);
    if (with_octets) fmt::format_to(std::back_inserter(out), "{:>8}  ", human_size(row.octets));
    append_sanitized(out, row.name.empty() ? "?" : row.name, Keep::kWord);
    out += '\n';
  }
  if (list.size() > most) {
    fmt::format_to(std::back_inserter(out), "{:>10}  and {} more\n", "", list.size() - most);
  }
}

}  // namespace

void append_statistics(std::string& out, const FlowStatistics& statistics, std::size_t most) {
  begin_line(out, "flows");
  fmt::format_to(std::back_inserter(out), "{} ({} passed, {} incomplete, {} with an error)\n",
                 statistics.flows, statistics.passed, statistics.incomplete, statistics.failed);
  append_times(out, statistics);
  append_kinds(out, statistics);
  append_statuses(out, statistics);
  append_sizes(out, "octets", statistics.bytes_from_client, statistics.bytes_to_client);
  append_sizes(out, "bodies", statistics.request_bodies, statistics.response_bodies);
  append_durations(out, statistics.durations);
  append_list(out, "methods", statistics.methods, most, false);
  append_list(out, "hosts", statistics.hosts, most, true);
  append_list(out, "errors", statistics.errors, most, false);
  append_list(out, "anomalies", statistics.anomalies, most, false);
  if (statistics.more_anomalies > 0) {
    fmt::format_to(std::back_inserter(out), "{:>10}  of any name\n", statistics.more_anomalies);
  }
}

}  // namespace mitm::render
