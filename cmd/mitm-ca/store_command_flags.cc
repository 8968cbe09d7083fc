#include "cmd/mitm-ca/ca_options.h"
#include "cmd/mitm-ca/keys.h"
#include "cmd/mitm-ca/store_choice.h"
#include "cmd/mitm-ca/subcommands.h"

namespace mitm::ca {
namespace {

/// Those of init, said of a CA that is there, and those of stores.
std::vector<cli::Flag> rotate_flags() {
  std::vector<cli::Flag> flags = ca_option_flags("Certificate");
  flags.push_back({.long_name = "encrypt",
                   .category = "Private key",
                   .summary = "encrypt the private key with a passphrase",
                   .details = "It is, when the old one is."});
  flags.push_back(passphrase_flag("Private key"));
  flags.back().details += " Given for one that is not encrypted, it encrypts the new one.";
  for (cli::Flag& flag : store_flags()) flags.push_back(std::move(flag));
  for (cli::Flag& flag : flags) {
    if (flag.long_name == "key") flag.summary = "private key: ec or rsa, instead of the old one's";
    if (flag.long_name == "name" || flag.long_name == "days" || flag.long_name == "permit")
      flag.summary = flag.summary.substr(0, flag.summary.find(" (")) + ", instead of the old one's";
  }
  return flags;
}

}  // namespace

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
  return {
      .name = "uninstall",
      .summary = "take the CA out again, wherever it is trusted",
      .synopsis = {"[--dry-run] [--store KIND]... [--root DIR] [FINGERPRINT...]"},
      .description = {"Takes out the CA and those that it replaced (by rotate or init --force). "
                      "With FINGERPRINT "
                      "(SHA-256, or 12 digits of it) it takes out that certificate, also when the "
                      "CA's files are gone, but none that is not a CA of mitmkit's; "
                      "without both it lists the CAs of mitmkit that it finds."},
      .examples = {{"mitm-ca uninstall", "Leave no trace of the CA."},
                   {"mitm-ca uninstall 0123456789ab", "The files of this one are long gone."}},
      .positionals = {{.name = "FINGERPRINT",
                       .summary = "SHA-256 fingerprint of a certificate",
                       .at_most = cli::kAnyNumber}},
      .flags = store_flags()};
}

cli::Subcommand rotate_command() {
  return {
      .name = "rotate",
      .summary = "replace the CA by a new one, and have it trusted where the old one is",
      .synopsis = {"[--dry-run] [--name NAME] [--days N] [--key ec|rsa] [--permit DOMAIN]... "
                   "[--encrypt] [--store KIND]... [--root DIR]"},
      .description =
          {"Makes a CA as the old one is, but for the options that say otherwise, and installs it "
           "wherever the old one is trusted. The old one's private key is gone then; its "
           "certificate is kept and stays trusted until it ends, so that certificates it signed "
           "go on working. What trusts a copy that was exported needs another one. A rotate after "
           "that takes it out of the stores. Of an imported CA its "
           "name "
           "constraints and the purposes that it is limited to are taken over as they are. The "
           "new one is valid for as long as the old one was meant to be, and does not end before "
           "it, "
           "unless \\flag{days} says otherwise or that would be more than 36,500 days from now; "
           "one that was meant for 60 days or less is followed by one for 3650. "
           "When two rotate "
           "at once one wins, and the other says so. mitm-ca and mitm-record say when the CA, or "
           "an issuer that it needs, ends within 30 days."},
      .examples = {{"mitm-ca rotate --dry-run", "See what it would do."},
                   {"mitm-ca rotate --days 365", "From now on a new one each year."}},
      .flags = rotate_flags()};
}

cli::Subcommand env_command() {
  return {
      .name = "env",
      .summary = "print the variables by which programs in this shell trust the CA",
      .synopsis = {"[--shell SHELL] [--unset]"},
      .description =
          {"Writes a bundle of the system's certificates with the CA, and a keystore for Java, "
           "into the home directory, and prints the lines that make a shell export what leads "
           "programs to them: SSL_CERT_FILE, CURL_CA_BUNDLE, REQUESTS_CA_BUNDLE, "
           "NODE_EXTRA_CA_CERTS, GIT_SSL_CAINFO, JAVA_TOOL_OPTIONS and more. Nothing else on the "
           "machine changes. What a program trusted because of such variables it goes on trusting "
           "beside the CA: what its own names, and what it obeyed in place of that "
           "(SSL_CERT_FILE, SSL_CERT_DIR, or CURL_CA_BUNDLE for Python's requests). Browsers obey "
           "no such variables, and every JVM prints the options that it picked up.",
           "rotate, uninstall and init --force bring the files up to date, so that shells and "
           "programs which "
           "are started from them follow; a file that no shell was told of for 30 days is taken "
           "out. Only Java takes one keystore: one that JAVA_TOOL_OPTIONS names already is not "
           "merged, which a warning says. Neither are certificates whose file is gone when the "
           "files are brought up to date."},
      .examples = {{"eval \"$(mitm-ca env)\"", "In bash, zsh, sh, dash and ksh."},
                   {"mitm-ca env --shell fish | source", "In fish."},
                   {"eval \"$(mitm-ca env --unset)\"", "Take it back."}},
      .flags = {
          {.long_name = "shell",
           .value_name = "SHELL",
           .category = "Output",
           .summary = "bash, zsh, sh, dash, ksh or fish (default: what $SHELL names)",
           .complete = cli::Complete::kChoice,
           .choices = {"bash", "zsh", "sh", "dash", "ksh", "fish"}},
          {.long_name = "unset",
           .category = "Output",
           .summary = "print lines that take it back",
           .details = "Variables that name our files get the value that they had; other options in "
                      "JAVA_TOOL_OPTIONS stay. Of several homes each is taken back by itself, best "
                      "the last one first, because its files hold what the earlier ones trust."},
      }};
}

}  // namespace mitm::ca
