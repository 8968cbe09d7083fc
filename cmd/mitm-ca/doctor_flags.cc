#include "cmd/mitm-ca/keys.h"
#include "cmd/mitm-ca/subcommands.h"
#include "lib/trust/clients.h"

namespace mitm::ca {

cli::Subcommand doctor_command() {
  return {
      .name = "doctor",
      .summary = "find out which programs trust the CA, by having each make a connection",
      .synopsis = {"[--client NAME]..."},
      .description =
          {"Serves TLS on a port of 127.0.0.1 with a certificate that the CA signed, and has every "
           "program that it finds connect to it: curl, openssl, python3, node, java, go, "
           "Chromium, and Firefox with a copy of each profile's certificates. Who sends a "
           "request, trusts. For the others it tells why not and the command that mends it.",
           "Java and Go compile a few lines first, and browsers are started without a window; "
           "all together may take half a minute. What they make at a first start goes into a "
           "directory that is removed, but for Go's cache where there is one already and for "
           "browsers that are snaps. The exit status is 1 when one does not trust "
           "it."},
      .examples = {{"mitm-ca doctor", "Ask everybody."},
                   {"mitm-ca doctor --client chromium", "Ask one."}},
      .flags = {{.long_name = "client",
                 .value_name = "NAME",
                 .category = "Clients",
                 .summary = "ask this one only",
                 .complete = cli::Complete::kChoice,
                 .choices = trust::client_names(),
                 .repeatable = true},
                passphrase_flag("Private key")}};
}

}  // namespace mitm::ca
