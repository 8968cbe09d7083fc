#include "cmd/mitm-replay/input.h"

#include <fmt/format.h>

#include <utility>

#include "cmd/mitm-replay/standard_input.h"
#include "lib/archive/reader.h"
#include "lib/replay/outgoing.h"

namespace mitm::replay {
namespace {

constexpr auto kStandardInput = "standard input";

/// Between two looks at whether somebody wants us to stop. What is ready is sent before more is
/// waited for.
constexpr int kRecordsAtOnce = 1000;

}  // namespace

Result<Input> Input::open(const std::vector<std::string>& paths,
                          std::optional<std::uint64_t> limit) {
  std::vector<std::unique_ptr<archive::Reader>> archives;
  std::vector<std::string> names;
  for (const std::string& path : paths) {
    names.push_back(path == "-" ? kStandardInput : path);
    auto archive = path == "-" ? archive::Reader::open(standard_input(), kStandardInput)
                               : archive::open_archive(path);
    if (!archive) return std::unexpected(std::move(archive).error());
    archives.push_back(*std::move(archive));
  }
  return Input(std::move(names), MergedRecords(std::move(archives)), limit);
}

Input::Input(std::vector<std::string> names, MergedRecords records,
             std::optional<std::uint64_t> limit)
    : names_(std::move(names)),
      records_(std::move(records)),
      limit_(limit),
      several_runs_(names_.size() > 1) {}

std::optional<RecordedRequest> Input::next() {
  while (!limit_ || given_out_ < *limit_) {
    auto request = requests_.next();
    if (!request) return std::nullopt;
    if (is_tunnel(*request)) {
      ++skipped_;
      continue;
    }
    ++given_out_;
    return request;
  }
  return std::nullopt;
}

Status Input::read_some() {
  for (int i = 0; i < kRecordsAtOnce && !all_read_ && !requests_.has_next(); ++i) {
    auto record = records_.next();
    if (!record) return std::unexpected(std::move(record).error());
    if (*record) {
      note_run(**record);
      MITM_TRY(requests_.add(**std::move(record)));
    } else {
      requests_.finish();
      all_read_ = true;
    }
  }
  return {};
}

bool Input::exhausted() const { return all_read_ || (limit_ && given_out_ >= *limit_); }

void Input::note_run(const flow::Record& record) {
  const auto* header = std::get_if<flow::Header>(&record.event);
  if (header == nullptr) return;
  several_runs_ |= run_.value_or(header->run_id) != header->run_id;
  run_ = header->run_id;
}

std::string Input::name_of(const RecordedRequest& request) const {
  // As much of the run as mitm-dump shows.
  return several_runs_ ? fmt::format("{:08x}:{}", request.run >> 32U, request.id)
                       : fmt::format("{}", request.id);
}

bool Input::warn_of_losses(const cli::Diagnostics& diagnostics) const {
  bool lossy = false;
  for (std::size_t i = 0; i < names_.size(); ++i) {
    archive::Ending ending = records_.ending(i);
    // Whether the end is as it should be is known only to those who read it.
    if (!all_read_) ending.finished = true;
    for (const std::string& line : archive::describe(ending)) {
      diagnostics.warning(fmt::format("{}: {}", names_[i], line));
    }
    lossy |= !ending.lossless();
  }
  return lossy;
}

}  // namespace mitm::replay
