#include "cmd/mitm-record/command_environment.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string_view>

#include "cmd/mitm-record/client_files.h"
#include "lib/trust/certificate_bundle.h"
#include "lib/trust/java_keystore.h"
#include "lib/trust/variables.h"

// There is one bundle for whoever has none of its own: ours, the system's, and what SSL_CERT_FILE
// and SSL_CERT_DIR name, which take the system's place for OpenSSL and much else. SSL_CERT_DIR
// stays as it is, because whoever obeys it reads SSL_CERT_FILE as well. A variable that names other
// certificates gets a bundle of its own, so that nobody trusts what was meant for another program.
namespace mitm::record {
namespace {

constexpr std::string_view kSystemWget2rc = "/etc/wget2rc";
// Certificates are no secret, and programs that gave up root, as apt's do, have to read them.
constexpr unsigned kPublic = 0644;
constexpr unsigned kPrivate = 0600;

class Arrangement {
 public:
  Arrangement(const Surroundings& given, const ReadFile& read)
      : given_(given), read_(read), proxy_url_(fmt::format("http://{}", to_string(given.proxy))) {
    result_.environment = given.environment;
    common_.add(given_.ca_pem);
    common_.add(given_.system_pem);
    if (const auto file = given_.environment.get("SSL_CERT_FILE"))
      add_file(common_, "SSL_CERT_FILE", *file);
    add_directories(given_.environment.get("SSL_CERT_DIR").value_or(""));
    common_path_ = write("ca-bundle.pem", common_.pem(), kPublic);
  }

  CommandEnvironment apply() {
    for (const trust::Variable& variable : trust::variables()) apply(variable);
    return std::move(result_);
  }

 private:
  void apply(const trust::Variable& variable) {
    const auto earlier = given_.environment.get(variable.name);
    switch (variable.kind) {
      case trust::VariableKind::kProxy:
        return set(variable, proxy_url_);
      case trust::VariableKind::kRemoved:
        return result_.environment.remove(variable.name);
      case trust::VariableKind::kReplaces:
        return set(variable, bundle_with(variable.name, earlier, common_));
      case trust::VariableKind::kAdds:
        return set(variable, bundle_with(variable.name, earlier, ours()));
      case trust::VariableKind::kSwitch:
        return set(variable, "1");
      case trust::VariableKind::kWgetrc:
        return set(variable, wgetrc(variable.name, earlier));
      case trust::VariableKind::kWget2rc:
        return set(variable, wget2rc(variable.name, earlier));
      case trust::VariableKind::kAptConfig:
        return set(variable,
                   write("apt.conf", apt_config_text(earlier, proxy_url_, common_path_), kPrivate));
      case trust::VariableKind::kJavaOptions:
        return set(
            variable,
            java_options(earlier, given_.proxy,
                         write("java.jks", trust::java_keystore(common_.certificates()), kPublic)));
    }
  }

  void set(const trust::Variable& variable, std::string_view value) {
    result_.environment.set(variable.name, value);
  }

  std::string write(std::string_view name, Bytes content, unsigned mode) {
    std::string path = fmt::format("{}/{}", given_.directory, name);
    result_.files.push_back({path, std::move(content), mode});
    return path;
  }

  [[nodiscard]] trust::CertificateBundle ours() const {
    trust::CertificateBundle bundle;
    bundle.add(given_.ca_pem);
    return bundle;
  }

  /// `bundle` and what the variable named so far; without that the common one does for everybody.
  std::string bundle_with(std::string_view name, const std::optional<std::string>& earlier,
                          trust::CertificateBundle bundle) {
    if (!earlier || !add_file(bundle, name, *earlier)) return common_path_;
    if (std::ranges::equal(bundle.certificates(), common_.certificates())) return common_path_;
    return write(fmt::format("ca-bundle-{}.pem", name), bundle.pem(), kPublic);
  }

  /// Several variables may name the same file.
  void warn(std::string_view name, const std::string& path, std::string_view what) {
    if (warned_.insert(path).second) result_.warnings.push_back(fmt::format("{}: {}", name, what));
  }

  bool add_file(trust::CertificateBundle& bundle, std::string_view name, const std::string& path) {
    const auto content = read_(path, kMaxCertificates);
    if (content && (content->empty() || bundle.add(*content) > 0)) return true;
    warn(name, path,
         content ? fmt::format("{} holds no certificate in PEM", path) : content.error().message);
    return false;
  }

  /// OpenSSL passes over directories that are not there, and so do we.
  void add_directories(std::string_view list) {
    std::size_t left = kMaxCertificates;
    while (!list.empty()) {
      const std::string directory(list.substr(0, list.find(':')));
      list.remove_prefix(std::min(list.size(), directory.size() + 1));
      if (directory.empty()) continue;
      const auto content = read_(directory, left);
      if (content) {
        common_.add(*content);
        left -= std::min(left, content->size());
      } else if (content.error().code == Code::kLimit) {
        warn("SSL_CERT_DIR", directory,
             fmt::format("more than {} MiB, {} is left out", kMaxCertificates >> 20, directory));
      }
    }
  }

  std::string wgetrc(std::string_view name, const std::optional<std::string>& earlier) {
    const auto home = given_.environment.get("HOME");
    const std::string text = earlier ? configuration(name, *earlier)
                                     : read_(home.value_or("") + "/.wgetrc", kMaxCertificates)
                                           .value_or("");  // most people have none
    const auto bundle = bundle_with(name, wgetrc_certificates(text), common_);
    return write("wgetrc", wgetrc_text(text, proxy_url_, bundle), kPrivate);
  }

  std::string wget2rc(std::string_view name, const std::optional<std::string>& earlier) {
    const std::string text =
        earlier ? configuration(name, *earlier)
                : read_(std::string(kSystemWget2rc), kMaxCertificates).value_or("");
    const auto bundle = bundle_with(name, wgetrc_certificates(text), common_);
    return write("wget2rc", wget2rc_text(text, proxy_url_, bundle), kPrivate);
  }

  std::string configuration(std::string_view name, const std::string& path) {
    auto content = read_(path, kMaxCertificates);
    if (content) return *std::move(content);
    warn(name, path, content.error().message);
    return {};
  }

  const Surroundings& given_;
  const ReadFile& read_;
  std::string proxy_url_;
  trust::CertificateBundle common_;
  std::string common_path_;
  std::set<std::string> warned_;
  CommandEnvironment result_;
};

}  // namespace

CommandEnvironment command_environment(const Surroundings& surroundings, const ReadFile& read) {
  return Arrangement(surroundings, read).apply();
}

}  // namespace mitm::record
