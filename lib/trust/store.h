#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "lib/base/bytes.h"

/// A place where certificates are trusted from.
namespace mitm::trust {

enum class Kind : std::uint8_t { kSystem, kNss, kJava };

struct Store {
  Kind kind = Kind::kSystem;
  std::string name;  ///< for people: "Debian", "Firefox (snap)", "Java"
  /// The directory of certificates that were added by hand, the NSS database, or the keystore.
  std::filesystem::path path;
  // Of a system's store only; see layouts.h.
  std::string suffix = {};                ///< of a file's name
  std::vector<std::string> refresh = {};  ///< the command that makes an added one count
  std::vector<std::string> after_removal = {};
  std::filesystem::path bundle = {};  ///< where what counts can be read
  bool writable = true;               ///< by this process
  bool elsewhere = false;             ///< of another root, whose programs are not run here
  bool operator==(const Store&) const = default;
};

/// A certificate in a store.
struct Entry {
  std::string
      handle;  ///< how the store calls it: path, nickname or alias; empty: it has no own one
  std::string sha256;  ///< of its DER form, lower-case hexadecimal
  std::string subject = {};
  bool trusted = true;  ///< false: it is there, but does not count
  bool operator==(const Entry&) const = default;
};

/// The certificate that is to be trusted.
struct Certificate {
  Bytes pem;
  Bytes der;
  std::string sha256;
  bool operator==(const Certificate&) const = default;
};

/// "system", "nss", "java".
std::string_view to_string(Kind kind);

}  // namespace mitm::trust
