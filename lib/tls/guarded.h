#pragma once

#include <filesystem>
#include <string_view>

#include "lib/base/bytes.h"
#include "lib/base/error.h"

/// Files and directories that are believed only when nobody else could have put them there: neither
/// owned by another user (root aside) nor open to others by their mode.
namespace mitm::tls {

/// What others must not be able to do, and the mode that denies it.
struct Permission {
  unsigned denied;           ///< bits of a mode
  std::string_view offence;  ///< "mode 0777 lets others …"
  unsigned mode;             ///< to be had instead
};

inline constexpr Permission kCaDirectory{0022, "replace the CA", 0700};
inline constexpr Permission kCaCertificate{0022, "replace the CA's certificate", 0644};
inline constexpr Permission kCaKey{0077, "use the CA's private key", 0600};
inline constexpr Permission kTrustDirectory{0022, "replace what is trusted", 0700};

/// A directory that is not there offends nobody. Errors have a hint.
Status check_directory(const std::filesystem::path& path, const Permission& permission);

/// The CA's home, and every directory above it: whoever can write one of these, and not only add to
/// it (the sticky bit), can put another one in its place.
Status check_home(const std::filesystem::path& home);

/// A regular file, of which no more than `limit` bytes are taken. It is the one that was checked,
/// whoever exchanges it meanwhile.
Result<Bytes> read_guarded(const std::filesystem::path& path, const Permission& permission,
                           std::size_t limit);

}  // namespace mitm::tls
