#include "cmd/mitm-ca/flags.h"

namespace mitm::ca {
namespace {

using cli::Complete;
using cli::Subcommand;

constexpr auto kCertificate = "Certificate";
constexpr auto kOutput = "Output";

Subcommand init_command() {
  return {
      .name = "init",
      .summary = "make a CA",
      .synopsis = {"[--name NAME] [--days N] [--key ec|rsa] [--force]"},
      .description =
          {"Makes a private key and a certificate that signs itself, and says where they lie. A "
           "CA that is there already is left alone unless \\flag{force} is given. mitm-record "
           "makes a CA with these defaults when it finds none."},
      .examples = {{"mitm-ca init", "Make a CA that lasts ten years."},
                   {"mitm-ca init --key rsa --days 365", "For clients that know only RSA."}},
      .flags = {
          {.long_name = "name",
           .value_name = "NAME",
           .category = kCertificate,
           .summary = "common name (default: mitmkit CA (USER@HOST))",
           .details = "At most 64 characters. This is what lists of trusted certificates show."},
          {.long_name = "days",
           .value_name = "N",
           .category = kCertificate,
           .summary = "valid for N days from now (default 3650)",
           .details =
               "It is valid for the past two days as well, for clients whose clock is late."},
          {.long_name = "key",
           .value_name = "TYPE",
           .category = kCertificate,
           .summary = "private key: ec (P-256, the default) or rsa (3072 bits)",
           .complete = Complete::kChoice,
           .choices = {"ec", "rsa"}},
          {.long_name = "force",
           .category = kCertificate,
           .summary = "replace the CA that is there",
           .details = "It is gone then. Whatever trusted it must be made to trust the new one."},
      }};
}

Subcommand show_command() {
  return {
      .name = "show",
      .summary = "print what the CA's certificate says",
      .synopsis = {"[--text]"},
      .description = {"Prints subject, validity, type of key, fingerprints and file. The private "
                      "key is not read."},
      .flags = {{.long_name = "text",
                 .category = kOutput,
                 .summary = "print every field, as openssl x509 -text does"}}};
}

Subcommand export_command() {
  return {.name = "export",
          .summary = "write the CA's certificate, for others to trust",
          .synopsis = {"[--format pem|der] [-o FILE]"},
          .description = {"The private key is never exported."},
          .examples = {{"mitm-ca export -o mitmkit.pem",
                        "Then, for example, curl --cacert mitmkit.pem."},
                       {"mitm-ca export --format der -o mitmkit.cer", "For phones and Windows."}},
          .flags = {
              {.long_name = "format",
               .value_name = "FORMAT",
               .category = kOutput,
               .summary = "pem (text, the default) or der (binary)",
               .details = "DER is not written to a terminal.",
               .complete = Complete::kChoice,
               .choices = {"pem", "der"}},
              {.long_name = "output",
               .short_name = 'o',
               .value_name = "FILE",
               .category = kOutput,
               .summary = "write to FILE instead of standard output",
               .details = "A FILE that exists is replaced, unless it is the CA itself.",
               .complete = Complete::kFile},
          }};
}

}  // namespace

cli::Program program() {
  return {
      .name = "mitm-ca",
      .summary = "make and show the certificate authority of mitmkit",
      .synopsis = {"init [OPTION...]", "show [OPTION...]", "export [OPTION...]"},
      .examples = {{"mitm-ca init", "Make the CA."},
                   {"mitm-ca show", "Print its fingerprints."},
                   {"mitm-ca export -o mitmkit.pem", "Write its certificate to a file."}},
      .description =
          {"mitm-record opens TLS with certificates that it makes for each server and signs with "
           "a CA of its own. Clients must trust that CA, and whoever has its private key can "
           "impersonate any server to them: each user has their own, it is made on their machine, "
           "and its key never leaves it.",
           "mitm-record -- COMMAND makes COMMAND trust the CA without any of this."},
      .flags = {{.long_name = "home",
                 .value_name = "DIR",
                 .category = std::string(cli::kGeneralCategory),
                 .summary = "where the CA lies",
                 .details = "See FILES.",
                 .complete = Complete::kDirectory}},
      .subcommands = {init_command(), show_command(), export_command()},
      .exit_statuses = {{0, "success"},
                        {1, "failure, such as no CA, or one that would have to be replaced"},
                        {2, "wrong usage"}},
      .files = {{"ca.pem",
                 "the CA's certificate, in the home directory: \\flag{home}, else $MITMKIT_HOME, "
                 "else $XDG_DATA_HOME/mitmkit, else ~/.local/share/mitmkit; it is not used when "
                 "others can write it"},
                {"ca.key", "its private key, mode 0600; it is not used when others can read it"}},
      .environment = {{"MITMKIT_HOME, XDG_DATA_HOME", "see FILES"}},
      .see_also = {"mitm-record(1)"},
  };
}

}  // namespace mitm::ca
