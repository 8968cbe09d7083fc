#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/cli/flag.h"
#include "lib/cli/parse.h"
#include "lib/tls/ca_store.h"
#include "lib/trust/stores.h"

/// The stores that a subcommand works on.
namespace mitm::ca {

/// --store, --root and --dry-run.
std::vector<cli::Flag> store_flags();

struct Sight {
  trust::Store store;
  Result<std::vector<trust::Entry>> entries;
};

/// Which stores: all of this machine by default.
struct StoreChoice {
  std::vector<std::string> kinds = {};  ///< as to_string() calls them; empty: all
  std::optional<std::string> root = {};
};
StoreChoice read_store_choice(const cli::ParsedOptions& options);

/// The stores that were chosen, and what is in each. kIo when the root is no directory.
Result<std::vector<Sight>> look_around(const StoreChoice& choice);

/// The line that runs mitm-ca with `words` for the same home and root.
std::string store_command(const cli::ParsedOptions& options, const std::filesystem::path& home,
                          std::string_view words);

/// "system (Debian) /usr/local/share/ca-certificates"
std::string describe(const trust::Store& store);

trust::Certificate trust_certificate(const tls::CaCertificate& certificate);

}  // namespace mitm::ca
