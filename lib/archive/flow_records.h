#pragma once

#include <cstdint>
#include <functional>

#include "lib/archive/chain_cache.h"
#include "lib/archive/random_file.h"
#include "lib/archive/summary_reader.h"

namespace mitm::archive {

/// Reads what was recorded of one flow, from the frames that its row names. Internal to this
/// folder.
class FlowRecords {
 public:
  FlowRecords(const RandomFile& file, const Found& flow,
              const std::function<Status(flow::Record&&)>& take, Ending& losses)
      : file_(file), flow_(flow), take_(take), losses_(losses) {}

  Status read();

 private:
  enum class Of : std::uint8_t { kConnection, kFlow };
  Result<std::uint64_t> end_of_frame(std::uint64_t begin) const;
  Status read_between(std::uint64_t begin, std::uint64_t end, Of what);
  Status read_content(ByteView content, Of what);
  void note_loss(const Ending::Skipped& lost);
  [[nodiscard]] bool concerns_flow(const flow::Record& record) const;

  const RandomFile& file_;
  const Found& flow_;
  const std::function<Status(flow::Record&&)>& take_;
  Ending& losses_;
  ChainCache chains_;
};

}  // namespace mitm::archive
