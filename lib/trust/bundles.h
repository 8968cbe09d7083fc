#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/bytes.h"
#include "lib/base/error.h"
#include "lib/trust/certificate_bundle.h"
#include "lib/trust/variables.h"

/// Files of certificates for programs that are told by variables whom to trust: ours, the system's,
/// and what their variables named before.
namespace mitm::trust {

/// More than this is not taken from any file, nor from all directories of $SSL_CERT_DIR together.
inline constexpr std::size_t kMaxCertificates = 16 << 20;

/// The content of a file, or of all files of a directory; kLimit when that is more than `limit`.
using ReadCertificates = std::function<Result<Bytes>(const std::string& path, std::size_t limit)>;

/// That of this machine. /dev/null, by which people say that there is to be none, is empty.
Result<Bytes> read_certificates(const std::string& path, std::size_t limit);
/// What the system trusts: the first of its bundles that is there.
Bytes system_certificates();

/// Those that a value of $SSL_CERT_DIR names, as absolute paths.
std::vector<std::string> directories_in(std::string_view list);

/// Whether `path` is a file right in `directory`, which is absolute: one of ours.
bool is_in(const std::string& directory, std::string_view path);

struct BundleFile {
  std::string path;
  Bytes content;
  bool operator==(const BundleFile&) const = default;
};

/// What is known where bundles are made.
struct BundlesGiven {
  /// Of the environment so far; an empty value counts as none.
  std::function<std::optional<std::string>(std::string_view name)> variable;
  ReadCertificates read;
  std::string directory;  ///< where the files are to be
  Bytes ca_pem;           ///< what is to be trusted, one certificate or several
  Bytes system_pem;
};

/// There is one bundle for whoever has none of its own: ours, the system's, and what SSL_CERT_FILE
/// and SSL_CERT_DIR name, which take the system's place for OpenSSL and much else. SSL_CERT_DIR
/// stays as it is, because whoever obeys it reads SSL_CERT_FILE as well. A variable that names
/// other certificates gets a bundle of its own, so that nobody trusts what was meant for another
/// program.
///
/// A bundle says in comments where the rest of it came from, and is named by that: the same
/// sources are the same file, and one that a variable names already is made anew from them.
class Bundles {
 public:
  explicit Bundles(BundlesGiven given);

  /// For whoever has none of its own.
  [[nodiscard]] const std::string& common() const { return common_path_; }
  /// For the programs that `variable`, of a kind with certificates, tells.
  std::string for_variable(const Variable& variable);
  /// The common one with what `path` holds besides; `name` is what named that.
  std::string with(std::string_view name, const std::string& path);
  /// The common one for Java.
  std::string keystore();

  /// Tells of a file that cannot be used, once, for several variables may name it.
  void warn(std::string_view name, const std::string& path, std::string_view what);

  std::vector<BundleFile> take_files();
  std::vector<std::string> take_warnings() { return std::move(warnings_); }

 private:
  struct Bundle {
    CertificateBundle certificates;
    std::vector<std::string> sources;
  };

  /// What the variable names, or the sources of that when it is a bundle of ours.
  std::vector<std::string> named_by(std::string_view name) const;
  bool add(Bundle& bundle, std::string_view name, const std::string& path);
  bool can_be_noted(std::string_view name, const std::string& path);
  void add_directories();
  std::string write(const Bundle& bundle);

  BundlesGiven given_;
  Bundle common_;
  std::string common_path_;
  std::map<std::string, Bytes> files_;
  std::set<std::string> warned_;
  std::vector<std::string> warnings_;
};

/// Where a bundle of ours says that it has its certificates from, besides CA and system.
std::vector<std::string> sources_of(ByteView bundle);

struct Refreshed {
  std::vector<BundleFile> files;
  std::vector<std::string> warnings;  ///< of what a bundle has lost, because it is not there now
};

/// The bundles and keystores that are in `directory` already, made anew: programs that are told to
/// use them go on doing so. `ca_pem` is empty when there is no CA any more.
Refreshed refreshed_bundles(const std::string& directory, ByteView ca_pem, ByteView system_pem,
                            const ReadCertificates& read);

}  // namespace mitm::trust
