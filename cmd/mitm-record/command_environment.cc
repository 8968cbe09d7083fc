#include "cmd/mitm-record/command_environment.h"

#include <fmt/format.h>

#include <optional>
#include <string_view>

#include "cmd/mitm-record/client_files.h"
#include "lib/trust/variables.h"

namespace mitm::record {
namespace {

constexpr std::string_view kSystemWget2rc = "/etc/wget2rc";
// Certificates are no secret, and programs that gave up root, as apt's do, have to read them.
constexpr unsigned kPublic = 0644;
constexpr unsigned kPrivate = 0600;

class Arrangement {
 public:
  Arrangement(const Surroundings& given, const trust::ReadCertificates& read)
      : given_(given),
        read_(read),
        proxy_url_(fmt::format("http://{}", to_string(given.proxy))),
        bundles_(
            {.variable = [&given](std::string_view name) { return given.environment.get(name); },
             .read = read,
             .directory = given.directory,
             .ca_pem = given.ca_pem,
             .system_pem = given.system_pem}) {
    result_.environment = given.environment;
  }

  CommandEnvironment apply() {
    for (const trust::Variable& variable : trust::variables()) apply(variable);
    for (trust::BundleFile& file : bundles_.take_files())
      result_.files.push_back({std::move(file.path), std::move(file.content), kPublic});
    result_.warnings = bundles_.take_warnings();
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
      case trust::VariableKind::kAdds:
        return set(variable, bundles_.for_variable(variable));
      case trust::VariableKind::kSwitch:
        return set(variable, "1");
      case trust::VariableKind::kWgetrc:
        return set(variable, wgetrc(variable.name, earlier));
      case trust::VariableKind::kWget2rc:
        return set(variable, wget2rc(variable.name, earlier));
      case trust::VariableKind::kAptConfig:
        return set(variable,
                   write("apt.conf", apt_config_text(earlier, proxy_url_, bundles_.common())));
      case trust::VariableKind::kJavaOptions:
        return set(variable, java_options(earlier, given_.proxy, bundles_.keystore()));
    }
  }

  void set(const trust::Variable& variable, std::string_view value) {
    result_.environment.set(variable.name, value);
  }

  std::string write(std::string_view name, Bytes content) {
    std::string path = fmt::format("{}/{}", given_.directory, name);
    result_.files.push_back({path, std::move(content), kPrivate});
    return path;
  }

  /// With the certificates that a configuration names.
  std::string bundle_for(std::string_view name, const std::string& configuration) {
    const auto certificates = wgetrc_certificates(configuration);
    return certificates ? bundles_.with(name, *certificates) : bundles_.common();
  }

  std::string wgetrc(std::string_view name, const std::optional<std::string>& earlier) {
    const auto home = given_.environment.get("HOME");
    const std::string text = earlier
                                 ? configuration(name, *earlier)
                                 : read_(home.value_or("") + "/.wgetrc", trust::kMaxCertificates)
                                       .value_or("");  // most people have none
    const auto bundle = bundle_for(name, text);
    return write("wgetrc", wgetrc_text(text, proxy_url_, bundle));
  }

  std::string wget2rc(std::string_view name, const std::optional<std::string>& earlier) {
    const std::string text =
        earlier ? configuration(name, *earlier)
                : read_(std::string(kSystemWget2rc), trust::kMaxCertificates).value_or("");
    const auto bundle = bundle_for(name, text);
    return write("wget2rc", wget2rc_text(text, proxy_url_, bundle));
  }

  std::string configuration(std::string_view name, const std::string& path) {
    auto content = read_(path, trust::kMaxCertificates);
    if (content) return *std::move(content);
    bundles_.warn(name, path, content.error().message);
    return {};
  }

  const Surroundings& given_;
  const trust::ReadCertificates& read_;
  std::string proxy_url_;
  trust::Bundles bundles_;
  CommandEnvironment result_;
};

}  // namespace

CommandEnvironment command_environment(const Surroundings& surroundings,
                                       const trust::ReadCertificates& read) {
  return Arrangement(surroundings, read).apply();
}

}  // namespace mitm::record
