#include "cmd/mitm-ca/keys.h"
#include "cmd/mitm-ca/subcommands.h"

namespace mitm::ca {
namespace {

using cli::Complete;

constexpr auto kCertificate = "Certificate";
constexpr auto kOutput = "Output";

std::vector<cli::Flag> issue_flags() {
  return {
      {.long_name = "client",
       .category = kCertificate,
       .summary = "for a TLS client",
       .details = "HOST may then also be an e-mail address or a plain word."},
      {.long_name = "days",
       .value_name = "N",
       .category = kCertificate,
       .summary = "valid for N days from now (default 824)",
       .details = "Never longer than the CA. Apple's clients refuse servers with more than "
                  "the default."},
      {.long_name = "key",
       .value_name = "TYPE",
       .category = kCertificate,
       .summary = "private key: ec (P-256, the default) or rsa (2048 bits)",
       .complete = Complete::kChoice,
       .choices = {"ec", "rsa"}},
      {.long_name = "output",
       .short_name = 'o',
       .value_name = "STEM",
       .category = kOutput,
       .summary = "begin the names of the files with STEM",
       .details = "One that ends in / is a directory, in which they have their usual names.",
       .complete = Complete::kFile},
      {.long_name = "combined",
       .category = kOutput,
       .summary = "write certificate and key to one file, STEM.pem",
       .details = "As mitm-record wants it for --cert and --client-cert. Of two files it is "
                  "made by cat STEM.pem STEM-key.pem >BOTH.pem."},
      {.long_name = "p12",
       .category = kOutput,
       .summary = "write certificate and key as PKCS #12, to STEM.p12"},
      {.long_name = "password-file",
       .value_name = "FILE",
       .category = kOutput,
       .summary = "the password of the p12 is FILE's first line",
       .details = "Otherwise it is taken from $MITMKIT_P12_PASSWORD, or asked for on the "
                  "terminal. Java wants six characters at least.",
       .complete = Complete::kFile},
      {.long_name = "force", .category = kOutput, .summary = "replace files that exist"},
      passphrase_flag("Private key"),
  };
}

}  // namespace

cli::Subcommand issue_command() {
  return {
      .name = "issue",
      .summary = "sign a certificate for a server of yours, or for a client",
      .synopsis = {"[--client] [--days N] [--key ec|rsa] [--combined|--p12] [-o STEM] HOST..."},
      .description =
          {"Makes a private key and a certificate for every HOST together: names, wildcards "
           "(*.test.example), addresses, international names. Writes them to STEM.pem, with the "
           "CA's own issuers where there are any, and STEM-key.pem; unless \\flag{output} says "
           "otherwise STEM is "
           "the first HOST (_wildcard for its asterisk, _ for colons and slashes), then +N when N "
           "more follow, "
           "then -client with \\flag{client}. Files that exist are left alone, or with "
           "\\flag{force} replaced as a pair: while that is done there is a key alone, but never "
           "one beside a certificate of another."},
      .examples = {{"mitm-ca issue localhost 127.0.0.1 ::1",
                    "For a server on this machine: localhost+2.pem and localhost+2-key.pem."},
                   {"mitm-ca issue --client --combined -o client client.example",
                    "For mitm-record --client-cert client.pem."},
                   {"mitm-ca issue --client --p12 ann@test.example",
                    "For a browser, to log in with."}},
      .positionals = {{.name = "HOST",
                       .summary = "name or address of the server",
                       .at_least = 1,
                       .at_most = cli::kAnyNumber,
                       .complete = Complete::kHost}},
      .flags = issue_flags()};
}

}  // namespace mitm::ca
