#include "lib/replay/merged_records.h"

#include <limits>

namespace mitm::replay {

MergedRecords::MergedRecords(std::vector<std::unique_ptr<archive::Reader>> archives) {
  for (auto& archive : archives) inputs_.push_back({.archive = std::move(archive)});
}

Result<std::optional<flow::Record>> MergedRecords::next() {
  Input* earliest = nullptr;
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    Input& input = inputs_[i];
    if (!input.read) {
      auto record = input.archive->next();
      if (!record) return std::unexpected(std::move(record).error());
      if (*record) MITM_TRY(renumber(i, **record));
      input.front = *std::move(record);
      input.read = true;
    }
    if (input.front && (earliest == nullptr || input.front->time < earliest->front->time)) {
      earliest = &input;
    }
  }
  if (earliest == nullptr) return std::nullopt;
  earliest->read = false;
  return std::exchange(earliest->front, std::nullopt);
}

Status MergedRecords::renumber(std::size_t input, flow::Record& record) {
  const auto [known, is_new] = sources_.try_emplace({input, record.source});
  if (is_new) {
    const std::size_t number = sources_.size() - 1;
    if (number > std::numeric_limits<std::uint16_t>::max()) {
      return fail(Code::kLimit, "the archives hold too many runs");
    }
    known->second = static_cast<std::uint16_t>(number);
  }
  record.source = known->second;
  return {};
}

}  // namespace mitm::replay
