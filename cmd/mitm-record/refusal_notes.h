#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

#include "lib/cli/diagnostics.h"
#include "lib/proxy/pin_memory.h"

namespace mitm::record {

/// Tells of clients that do not accept our certificate: of each once, of the first hundred, and
/// what helps. One thread.
class RefusalNotes {
 public:
  /// `pin_memory`: for how long they are passed through. `diagnostics` outlives it.
  RefusalNotes(const cli::Diagnostics& diagnostics, std::chrono::milliseconds pin_memory)
      : diagnostics_(diagnostics), pin_memory_(pin_memory) {}

  void tell(const proxy::TlsClient& client);
  /// At the end: those that were passed through.
  void sum_up(const std::vector<proxy::TlsClient>& passed) const;

 private:
  const cli::Diagnostics& diagnostics_;
  const std::chrono::milliseconds pin_memory_;
  std::size_t told_ = 0;
  bool hinted_at_passing_ = false;
  bool hinted_at_refusing_ = false;
};

}  // namespace mitm::record
