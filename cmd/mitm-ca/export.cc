#include <fmt/format.h>

#include <algorithm>

#include "cmd/mitm-ca/commands.h"
#include "cmd/mitm-ca/keys.h"
#include "cmd/mitm-ca/one_liner.h"
#include "cmd/mitm-ca/output_file.h"
#include "lib/tls/ca_store.h"
#include "lib/tls/pkcs12.h"
#include "lib/trust/certificate.h"

namespace mitm::ca {
namespace {

namespace fs = std::filesystem;

/// The one in PEM, on one line and without its frame.
std::string base64_of(ByteView pem) {
  const auto begin = pem.find('\n');
  std::string body(pem.substr(begin, pem.rfind("-----END") - begin));
  std::erase(body, '\n');
  return body;
}

Result<Bytes> pkcs12(const cli::ParsedOptions& options, const tls::CaCertificate& ca,
                     const cli::Diagnostics& diagnostics) {
  const auto password = ask_p12_password(options, "the PKCS #12 file", diagnostics);
  if (!password) return std::unexpected(password.error());
  return tls::trusted_to_pkcs12(ca.certificate(), trust::store_name(ca.facts), *password);
}

Result<Bytes> content_of(const cli::ParsedOptions& options, const tls::CaCertificate& ca,
                         const cli::Diagnostics& diagnostics) {
  if (const auto platform = options.value("for")) {
    return one_liner(*platform, {.name = trust::store_name(ca.facts),
                                 .pem = ca.pem,
                                 .base64 = base64_of(ca.pem),
                                 .android_name = ca.android_name}) +
           '\n';
  }
  const std::string format = options.value_or("format", "pem");
  if (format == "der") return ca.facts.der;
  if (format == "p12") return pkcs12(options, ca, diagnostics);
  return ca.pem;
}

/// Android finds certificates by the names of their files.
Result<fs::path> android_path(const std::string& output, const tls::CaCertificate& ca) {
  std::error_code ignored;
  if (output.empty()) return ca.android_name;
  if (fs::is_directory(output, ignored)) return fs::path(output) / ca.android_name;
  if (fs::path(output).filename() == ca.android_name) return output;
  return fail(Code::kUsage, fmt::format("--output: {} is no directory", output),
              fmt::format("Android looks for a file called {}: name a directory that is there, or "
                          "leave out --output",
                          ca.android_name));
}

Status write_for_android(const std::string& output, const fs::path& home,
                         const tls::CaCertificate& ca, const Bytes& content,
                         const cli::Diagnostics& diagnostics) {
  const auto path = android_path(output, ca);
  if (!path) return std::unexpected(path.error());
  MITM_TRY(write_public_file(*path, home, content));
  diagnostics.note(
      fmt::format("wrote {}, for /system/etc/security/cacerts; from Android 14 on "
                  "/apex/com.android.conscrypt/cacerts counts instead",
                  path->string()));
  return {};
}

}  // namespace

Result<int> export_certificate(const cli::ParsedOptions& options, const fs::path& home,
                               const cli::Diagnostics& diagnostics) {
  const std::string format = options.value_or("format", "pem");
  if (options.has("for") && options.has("format"))
    return fail(Code::kUsage, "--for and --format exclude each other");
  if (options.has("password-file") && format != "p12")
    return fail(Code::kUsage, "--password-file is for --format p12 only");
  const std::string file = options.value_or("output", "-");
  if (file == "-" && format == "der") MITM_TRY(refuse_terminal("DER"));
  if (file == "-" && format == "p12") MITM_TRY(refuse_terminal("PKCS #12"));
  const auto ca = tls::load_ca_certificate(home);
  if (!ca) return std::unexpected(ca.error());
  const auto content = content_of(options, *ca, diagnostics);
  if (!content) return std::unexpected(content.error());
  if (format == "android" && options.value("output") != "-") {
    MITM_TRY(write_for_android(options.value_or("output", ""), home, *ca, *content, diagnostics));
    return 0;
  }
  MITM_TRY(file == "-" ? write_to_stdout(*content) : write_public_file(file, home, *content));
  return 0;
}

}  // namespace mitm::ca
