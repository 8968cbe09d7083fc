#include "cmd/mitm-ca/store_choice.h"
#include "cmd/mitm-ca/subcommands.h"

namespace mitm::ca {

cli::Subcommand install_command() {
  return {
      .name = "install",
      .summary = "make this machine, its browsers and its Javas trust the CA",
      .synopsis = {"[--dry-run] [--store KIND]... [--root DIR]"},
      .description =
          {"Puts the certificate into every store that is found, says for each whether it was "
           "there already, and looks afterwards whether it counts. A store that fails does not "
           "stop the others. What belongs to the system is done with sudo; run it as yourself, "
           "so that it finds your browsers.",
           "Known are the systems' stores of Debian, Fedora, Arch, SUSE and what derives from "
           "them; the NSS databases of Chromium, Firefox, LibreWolf and Thunderbird, as packages, "
           "snaps and flatpaks, for which certutil is needed; and the keystores (cacerts) of "
           "every Java."},
      .examples = {{"mitm-ca install --dry-run", "See what it would do."},
                   {"mitm-ca install --store nss", "Browsers only."}},
      .flags = store_flags()};
}

cli::Subcommand uninstall_command() {
  return {.name = "uninstall",
          .summary = "take the CA out again, wherever it is trusted",
          .synopsis = {"[--dry-run] [--store KIND]... [--root DIR] [FINGERPRINT...]"},
          .description =
              {"Takes out the CA and those that it replaced (see rotate). With FINGERPRINT "
               "(SHA-256, or "
               "12 digits of it) it takes out that certificate, also when the CA's files are gone; "
               "without both it lists the CAs of mitmkit that it finds."},
          .examples = {{"mitm-ca uninstall", "Leave no trace of the CA."},
                       {"mitm-ca uninstall 0123456789ab", "The files of this one are long gone."}},
          .positionals = {{.name = "FINGERPRINT",
                           .summary = "SHA-256 fingerprint of a certificate",
                           .at_most = cli::kAnyNumber}},
          .flags = store_flags()};
}

}  // namespace mitm::ca
