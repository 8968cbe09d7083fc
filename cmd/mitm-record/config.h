#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "cmd/mitm-record/privileges.h"
#include "cmd/mitm-record/ways_in.h"
#include "lib/archive/rotation.h"
#include "lib/archive/sync_schedule.h"
#include "lib/base/error.h"
#include "lib/base/io.h"
#include "lib/cli/parse.h"
#include "lib/cli/passphrase.h"
#include "lib/net/address.h"
#include "lib/proxy/settings.h"
#include "lib/tls/version.h"

namespace mitm::record {

/// What becomes of the traffic when the recording cannot be written.
enum class DiskFull : std::uint8_t {
  kStop,  ///< the recording ends
  kPass,  ///< traffic goes on, and the recording as soon as it can
};

/// A certificate that the user brings.
struct IdentityFile {
  std::string option;                ///< without dashes, for what is said of it
  std::optional<HostPattern> hosts;  ///< nullopt: all
  std::filesystem::path path;
};

struct TlsConfig {
  std::vector<std::filesystem::path> upstream_ca;
  std::string home;
  std::optional<cli::PassphraseSource> passphrase;  ///< of the CA's key; nullopt: nobody is asked
  std::vector<IdentityFile> towards_servers;
  std::vector<IdentityFile> towards_clients;
  tls::VersionRange client_versions;
  tls::VersionRange server_versions;
  std::optional<std::filesystem::path> key_log;
  bool record_secrets = false;
  bool ask_client_certificate = false;
};

/// What is recorded, and into which files.
struct OutputConfig {
  std::optional<std::filesystem::path> path;       ///< nullopt: print instead
  std::optional<archive::RotationRules> rotation;  ///< of a file that can be rotated
  std::optional<std::string> post_rotate;          ///< the command for files that are closed
  bool append = false;                             ///< to what is in the file
  int compression_level = 3;
  bool flush_each_record = false;
  archive::SyncOptions sync;
  DiskFull disk_full = DiskFull::kStop;
  std::optional<std::uint64_t> count;  ///< of flows, after which it ends
};

/// What the user asked for, checked. Nothing is opened yet.
struct Config {
  OutputConfig output;
  std::vector<WayIn> ways_in;         ///< one at least
  std::vector<std::string> logins;    ///< see Access
  std::optional<std::uint32_t> mark;  ///< of sockets towards servers
  std::vector<net::SocketAddress>
      sources;  ///< of sockets towards servers; empty: the system chooses
  std::optional<std::filesystem::path> ready_file;
  std::size_t threads = 1;
  std::chrono::milliseconds drain{2000};
  TlsConfig tls;
  bool quiet = false;
  unsigned verbosity = 0;
  bool color = false;  ///< for printed flows
  proxy::Settings proxy;
  std::optional<User> user;  ///< to become when everything is open
  std::vector<std::string> command;
};

/// Whether the log of secrets has a file of its own. Names may come to lead elsewhere, so ask
/// before it is opened again.
Status check_key_log_path(const Config& config);

/// With --user files are not for anybody to redirect by links.
inline Links links_of(const Config& config) {
  return config.user ? Links::kRefuse : Links::kFollow;
}

Result<Config> make_config(const cli::ParsedOptions& options);

}  // namespace mitm::record
