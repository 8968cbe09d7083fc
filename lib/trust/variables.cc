#include "lib/trust/variables.h"

#include <array>
#include <vector>

namespace mitm::trust {
namespace {

using enum VariableKind;

constexpr auto kVariables = std::to_array<Variable>({
    // Who reads them in one case only: curl and wget http_proxy, Go and Java tools the capitals.
    {"http_proxy", kProxy},
    {"https_proxy", kProxy},
    {"all_proxy", kProxy},
    {"HTTP_PROXY", kProxy},
    {"HTTPS_PROXY", kProxy},
    {"ALL_PROXY", kProxy},
    // These win over the configuration files of npm, pip and cargo, and over the above.
    {"npm_config_proxy", kProxy},
    {"npm_config_https_proxy", kProxy},
    {"PIP_PROXY", kProxy},
    {"CARGO_HTTP_PROXY", kProxy},
    {"grpc_proxy", kProxy},
    {"no_proxy", kRemoved},
    {"NO_PROXY", kRemoved},
    {"npm_config_noproxy", kRemoved},
    {"no_grpc_proxy", kRemoved},
    {"SSL_CERT_FILE", kReplaces},                                       // OpenSSL, Go, rustls, .NET
    {"CURL_CA_BUNDLE", kReplaces},                                      // curl, requests
    {"REQUESTS_CA_BUNDLE", kReplaces, {"CURL_CA_BUNDLE"}},              // Python's requests
    {"GIT_SSL_CAINFO", kReplaces},                                      // git
    {"PIP_CERT", kReplaces, {"REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"}},  // pip
    {"npm_config_cafile", kReplaces},  // npm, which trusts nothing else once it is set
    {"CARGO_HTTP_CAINFO", kReplaces},  // cargo
    {"AWS_CA_BUNDLE", kReplaces, {"REQUESTS_CA_BUNDLE"}},    // AWS tools and libraries
    {"PERL_LWP_SSL_CA_FILE", kReplaces, {"HTTPS_CA_FILE"}},  // Perl's LWP
    {"HTTPS_CA_FILE", kReplaces},                            // Perl's LWP, formerly
    {"HTTPLIB2_CA_CERTS", kReplaces},                        // Python's httplib2
    {"NIX_SSL_CERT_FILE", kReplaces},                        // nix, and what is built with it
    {"CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE", kReplaces},       // gcloud
    {"GRPC_DEFAULT_SSL_ROOTS_FILE_PATH", kReplaces},         // gRPC
    {"BUNDLE_SSL_CA_CERT", kReplaces},                       // Ruby's bundler
    {"COMPOSER_CAFILE", kReplaces},                          // PHP's composer
    {"HEX_CACERTS_PATH", kReplaces},                         // Elixir's hex
    {"JULIA_SSL_CA_ROOTS_PATH", kReplaces},                  // Julia
    {"NODE_EXTRA_CA_CERTS", kAdds},
    {"DENO_CERT", kAdds},
    {"NODE_USE_ENV_PROXY", kSwitch},  // node 22.21 and 24; others do not know it
    {"WGETRC", kWgetrc},
    {"SYSTEM_WGET2RC", kWget2rc},
    {"APT_CONFIG", kAptConfig},
    {"JAVA_TOOL_OPTIONS", kJavaOptions},
});

}  // namespace

std::span<const Variable> variables() { return kVariables; }

bool is_taken_literally(const Variable& variable, std::string_view value) {
  return !variable.name.starts_with("npm_config_") || value.find("${") == std::string_view::npos;
}

std::string names_of(VariableKind kind) {
  std::vector<std::string_view> names;
  for (const Variable& variable : kVariables) {
    if (variable.kind == kind) names.push_back(variable.name);
  }
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) text += i + 1 == names.size() ? " and " : ", ";
    text += names[i];
  }
  return text;
}

}  // namespace mitm::trust
