#include "cmd/mitm-record/client_files.h"

#include <fmt/format.h>

#include <array>

#include "lib/base/ascii.h"
#include "lib/trust/java_options.h"

namespace mitm::record {
namespace {

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

/// wget reads "CA-Certificate", "ca_certificate" and "cacertificate" alike.
std::string plain_name(std::string_view name) {
  std::string result;
  for (const char letter : name) {
    if (letter != '_' && letter != '-') result += to_lower(letter);
  }
  return result;
}

}  // namespace

std::string wget2rc_text(std::string_view earlier, std::string_view proxy_url,
                         std::string_view bundle) {
  std::string text(earlier);
  if (!text.empty() && !text.ends_with('\n')) text += '\n';
  // The last one of a name wins, also over the variables.
  return text + fmt::format("ca_certificate = {1}\nhttp_proxy = {0}\nhttps_proxy = {0}\n",
                            proxy_url, bundle);
}

std::string wgetrc_text(std::string_view earlier, std::string_view proxy_url,
                        std::string_view bundle) {
  return wget2rc_text(earlier, proxy_url, bundle) + "use_proxy = on\nno_proxy =\n";
}

std::optional<std::string> wgetrc_certificates(std::string_view text) {
  std::optional<std::string> result;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    if (plain_name(trimmed(line.substr(0, equals))) == "cacertificate")
      result = trimmed(line.substr(equals + 1));
  }
  return result;
}

std::string apt_config_text(const std::optional<std::string>& earlier, std::string_view proxy_url,
                            std::string_view bundle) {
  // The files of /etc/apt come after this one; what stands below a program's own name comes last.
  constexpr std::array kScopes = {"", "Binary::apt::", "Binary::apt-get::", "Binary::aptitude::"};
  std::string text = earlier ? fmt::format("#include \"{}\";\n", *earlier) : "";
  for (const auto* scope : kScopes) {
    text += fmt::format(
        "{0}Acquire::http::Proxy \"{1}\";\n{0}Acquire::https::Proxy \"{1}\";\n"
        "{0}Acquire::https::CAInfo \"{2}\";\n",
        scope, proxy_url, bundle);
  }
  return text;
}

std::string java_options(const std::optional<std::string>& earlier, const flow::Endpoint& proxy,
                         std::string_view keystore) {
  std::string text = earlier ? *earlier + " " : "";
  for (const auto* scheme : {"http", "https"}) {
    text +=
        fmt::format("-D{0}.proxyHost={1} -D{0}.proxyPort={2} ", scheme, proxy.address, proxy.port);
  }
  // Empty is not the same as unset, which would leave out localhost.
  text += "-Dhttp.nonProxyHosts= ";
  return text + trust::java_trust_options(keystore);
}

}  // namespace mitm::record
