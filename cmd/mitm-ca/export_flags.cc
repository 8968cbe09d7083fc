#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cmd/mitm-ca/one_liner.h"
#include "cmd/mitm-ca/subcommands.h"

namespace mitm::ca {
namespace {

using cli::Complete;

constexpr auto kOutput = "Output";

std::vector<std::string> all_platforms() {
  std::vector<std::string> names = platforms();
  for (std::string& alias : platform_aliases()) names.push_back(std::move(alias));
  return names;
}

std::string platform_details() {
  return fmt::format(
      "The same are {}. It is one line, with the certificate in it, for sh on that "
      "machine, as root or with sudo or doas (on windows for PowerShell as administrator; "
      "dockerfile is a line of a Dockerfile, for images like debian; nss is for Chromium and its "
      "kin). For android it needs a rooted device, and from Android 14 on apps no longer look into "
      "the directory that it writes, but into /apex/com.android.conscrypt/cacerts, which cannot be "
      "written. For a phone that is not rooted, iOS among them, send a file that \\flag{{format}} "
      "der wrote.",
      describe_aliases());
}

std::vector<cli::Flag> export_flags() {
  return {
      {.long_name = "format",
       .value_name = "FORMAT",
       .category = kOutput,
       .summary = "pem (text, the default), der (binary), p12 or android",
       .details = "p12 is PKCS #12, as Windows, Java and browsers import it. android is PEM in a "
                  "file whose name is the hash that Android looks for (HASH.0), in the directory "
                  "FILE or the current one. Binary is not written to a terminal.",
       .complete = Complete::kChoice,
       .choices = {"pem", "der", "p12", "android"}},
      {.long_name = "for",
       .value_name = "PLATFORM",
       .category = kOutput,
       .summary = fmt::format("a line to paste: {}", fmt::join(platforms(), ", ")),
       .details = platform_details(),
       .complete = Complete::kChoice,
       .choices = all_platforms()},
      {.long_name = "output",
       .short_name = 'o',
       .value_name = "FILE",
       .category = kOutput,
       .summary = "write to FILE instead of standard output",
       .details = "A FILE that exists is replaced, unless it is the CA itself.",
       .complete = Complete::kFile},
      {.long_name = "password-file",
       .value_name = "FILE",
       .category = kOutput,
       .summary = "the password of the p12 is FILE's first line",
       .details = "Otherwise it is taken from $MITMKIT_P12_PASSWORD, or asked for on the "
                  "terminal. Java wants six characters at least.",
       .complete = Complete::kFile},
  };
}

}  // namespace

cli::Subcommand export_command() {
  return {
      .name = "export",
      .summary = "write the CA's certificate, for others to trust",
      .synopsis = {"[--format pem|der|p12|android] [-o FILE]", "--for PLATFORM"},
      .description = {"The private key is never exported."},
      .examples = {{"mitm-ca export -o mitmkit.pem",
                    "Then, for example, curl --cacert mitmkit.pem."},
                   {"mitm-ca export --format der -o mitmkit.cer", "For phones and Windows."},
                   {"mitm-ca export --format android -o /tmp",
                    "Write /tmp/HASH.0, as Android names it."},
                   {"mitm-ca export --for debian", "Print a command to paste on another machine."}},
      .flags = export_flags()};
}

}  // namespace mitm::ca
