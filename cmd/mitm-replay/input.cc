#include "cmd/mitm-replay/input.h"

#include <utility>

#include "cmd/mitm-replay/standard_input.h"
#include "lib/archive/reader.h"
#include "lib/archive/writer_lock.h"
#include "lib/flow/names.h"
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
  std::vector<archive::MergedReader::Input> inputs;
  for (const std::string& path : paths) {
    const std::string name = path == "-" ? kStandardInput : path;
    auto reader =
        path == "-" ? archive::Reader::open(standard_input(), name) : archive::open_archive(path);
    if (!reader) return std::unexpected(std::move(reader).error());
    inputs.push_back({.name = name,
                      .reader = *std::move(reader),
                      .failed = std::nullopt,
                      .is_live = archive::is_being_written(path)});
  }
  auto records = archive::MergedReader::merge(std::move(inputs));
  if (!records) return std::unexpected(std::move(records).error());
  return Input(*std::move(records), limit);
}

Input::Input(archive::MergedReader records, std::optional<std::uint64_t> limit)
    : records_(std::move(records)), limit_(limit) {}

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
      MITM_TRY(requests_.add(**std::move(record)));
    } else {
      requests_.finish();
      all_read_ = true;
    }
  }
  return {};
}

bool Input::exhausted() const { return all_read_ || (limit_ && given_out_ >= *limit_); }

std::string Input::name_of(const RecordedRequest& request) const {
  return flow::flow_name(request.run, request.id, records_.has_several_runs());
}

}  // namespace mitm::replay
