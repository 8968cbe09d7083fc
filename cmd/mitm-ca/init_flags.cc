#include "cmd/mitm-ca/ca_options.h"
#include "cmd/mitm-ca/keys.h"
#include "cmd/mitm-ca/subcommands.h"

namespace mitm::ca {
namespace {

using cli::Complete;

constexpr auto kCertificate = "Certificate";
constexpr auto kKey = "Private key";

std::vector<cli::Flag> init_flags() {
  std::vector<cli::Flag> flags = ca_option_flags(kCertificate);
  const std::vector<cli::Flag> others = {
      {.long_name = "encrypt",
       .category = kKey,
       .summary = "encrypt the private key with a passphrase",
       .details =
           "Implied when \\flag{passphrase-file} or $MITMKIT_PASSPHRASE gives one; otherwise it "
           "is asked for on the terminal, twice. mitm-record then needs it whenever it starts."},
      {.long_name = "no-encrypt",
       .category = kKey,
       .summary = "do not encrypt the private key, also when what is imported is encrypted"},
      passphrase_flag(kKey),
      {.long_name = "import",
       .value_name = "FILE",
       .category = kKey,
       .summary = "take a CA that is there already, such as mitmproxy-ca.pem",
       .details = "FILE holds the certificate and its private key, as PEM or PKCS #12 (.p12); in "
                  "PEM each may lie in a file of its own, and the option is given twice. "
                  "Certificates of the issuers are kept, and are examined as the CA is. A private "
                  "key that is encrypted stays so, with the passphrase that it has, unless "
                  "\\flag{passphrase-file} or $MITMKIT_PASSPHRASE gives another or "
                  "\\flag{no-encrypt} none.",
       .complete = Complete::kFile,
       .repeatable = true},
      {.long_name = "import-passphrase-file",
       .value_name = "FILE",
       .category = kKey,
       .summary = "the passphrase of what is imported is FILE's first line",
       .details = "Otherwise it is taken from $MITMKIT_IMPORT_PASSPHRASE, or asked for on the "
                  "terminal, if one is needed.",
       .complete = Complete::kFile},
      {.long_name = "force",
       .category = kKey,
       .summary = "replace the CA that is there",
       .details = "It is gone then, but for its certificate, by which uninstall still finds it. "
                  "Whatever trusted it must be made to trust the new one; only shells that "
                  "evaluated what env printed are brought up to date."},
  };
  flags.insert(flags.end(), others.begin(), others.end());
  return flags;
}

}  // namespace

cli::Subcommand init_command() {
  return {
      .name = "init",
      .summary = "make a CA, or take one over",
      .synopsis = {"[--name NAME] [--days N] [--key ec|rsa] [--permit DOMAIN]... [--encrypt] "
                   "[--force]",
                   "--import FILE [--encrypt|--no-encrypt] [--force]"},
      .description =
          {"Makes a private key and a certificate that signs itself, and says where they lie. A "
           "CA that is there already is left alone unless \\flag{force} is given; of several "
           "processes that make one at the same time one wins, and the others use that. "
           "mitm-record makes a CA with these defaults when it finds none."},
      .examples = {{"mitm-ca init", "Make a CA that lasts ten years."},
                   {"mitm-ca init --permit test.example --permit 127.0.0.1",
                    "Make one that can do no harm elsewhere."},
                   {"mitm-ca init --key rsa --days 365", "For clients that know only RSA."},
                   {"mitm-ca init --import ~/.mitmproxy/mitmproxy-ca.pem",
                    "Use the CA that the machine trusts for mitmproxy."}},
      .flags = init_flags()};
}

}  // namespace mitm::ca
