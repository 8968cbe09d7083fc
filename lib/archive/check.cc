#include "lib/archive/check.h"

#include <utility>
#include <variant>

#include "lib/archive/summary_check.h"

namespace mitm::archive {

Result<CheckReport> check(std::unique_ptr<ByteSource> source, const std::string& name) {
  CheckReport report;
  SummaryCheck summaries(report);
  auto reader = Reader::open(std::move(source), name, &summaries);
  if (!reader) return std::unexpected(std::move(reader).error());
  while (true) {
    const auto record = (*reader)->next();
    if (!record) return std::unexpected(record.error());
    if (!*record) break;
    ++report.records;
    report.gaps += std::holds_alternative<flow::CaptureGap>((*record)->event) ? 1 : 0;
  }
  summaries.finish();
  report.ending = (*reader)->ending();
  return report;
}

}  // namespace mitm::archive
