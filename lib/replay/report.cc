#include "lib/replay/report.h"

#include <fmt/format.h>

#include "lib/base/time.h"

namespace mitm::replay {
namespace {

std::string_view note_for(Judgement judgement) {
  switch (judgement) {
    case Judgement::kAlike:
      return "";
    case Judgement::kDifferent:
      return " different";
    case Judgement::kNew:
      return " not answered when recorded";
    case Judgement::kFailed:
      break;
  }
  return "";
}

std::string_view headline(const Tally& tally) {
  if (tally.stopped) return "stopped";
  if (tally.differs()) return "differences";
  return tally.alike > 0 ? "all alike" : "nothing to compare";
}

}  // namespace

Judgement judge(const Trial& trial) {
  if (!trial.outcome.answer) return Judgement::kFailed;
  if (!trial.recorded) return Judgement::kNew;
  return *trial.recorded == trial.outcome.answer->status ? Judgement::kAlike
                                                         : Judgement::kDifferent;
}

std::string describe(const Trial& trial) {
  const auto recorded = trial.recorded ? fmt::format("{}", *trial.recorded) : "-";
  const auto start = fmt::format("{} {} {} {} ->", trial.name, trial.method, trial.url, recorded);
  if (const auto& answer = trial.outcome.answer) {
    return fmt::format("{} {} {:.1f} ms{}", start, answer->status, to_milliseconds(answer->latency),
                       note_for(judge(trial)));
  }
  const Error& error = trial.outcome.answer.error();
  const auto hint = error.hint.empty() ? std::string() : fmt::format(" ({})", error.hint);
  return fmt::format("{} {}: {}{}", start, trial.outcome.sent ? "failed" : "not sent",
                     error.message, hint);
}

void Tally::add(const Trial& trial) {
  sent += trial.outcome.sent ? 1 : 0;
  switch (judge(trial)) {
    case Judgement::kAlike:
      ++alike;
      break;
    case Judgement::kDifferent:
      ++different;
      break;
    case Judgement::kNew:
      ++unrecorded;
      break;
    case Judgement::kFailed:
      ++failed;
      break;
  }
}

std::string verdict(const Tally& tally) {
  const auto unrecorded = tally.unrecorded == 0
                              ? std::string()
                              : fmt::format(", {} without a recorded answer", tally.unrecorded);
  const auto total = tally.alike + tally.different + tally.unrecorded + tally.failed;
  return fmt::format("{}: {} of {} requests alike, {} different{}, {} failed; {} skipped",
                     headline(tally), tally.alike, total, tally.different, unrecorded, tally.failed,
                     tally.skipped);
}

}  // namespace mitm::replay
