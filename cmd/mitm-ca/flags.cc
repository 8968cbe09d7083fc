#include "cmd/mitm-ca/flags.h"

#include "cmd/mitm-ca/subcommands.h"

namespace mitm::ca {
namespace {

cli::Subcommand show_command() {
  return {.name = "show",
          .summary = "print what the CA's certificate says",
          .synopsis = {"[--text]"},
          .description =
              {"Prints subject, validity, what it may sign, type of key, fingerprints, file and "
               "the stores that trust it. The private key is not read."},
          .flags = {{.long_name = "text",
                     .category = "Output",
                     .summary = "print every field, as openssl x509 -text does"}}};
}

std::vector<cli::Described> files() {
  return {
      {"ca.pem",
       "the CA's certificate, in the home directory: \\flag{home}, else $MITMKIT_HOME, "
       "else $XDG_DATA_HOME/mitmkit, else ~/.local/share/mitmkit; neither is used when "
       "others can write it, or when it belongs to another user who is not root"},
      {"ca.key", "its private key, mode 0600; it is not used when others can read it"},
      {"former/", "certificates of CAs that rotate replaced, until a rotate after their end"},
      {"withdrawn/",
       "those of CAs that init --force replaced, until uninstall has taken them out everywhere"},
      {"trust/", "what the variables of env name"}};
}

std::vector<cli::Described> environment() {
  return {{"MITMKIT_HOME, XDG_DATA_HOME", "see FILES"},
          {"MITMKIT_PASSPHRASE", "the passphrase of the CA's private key"},
          {"MITMKIT_P12_PASSWORD", "the password of PKCS #12 files that are written"},
          {"MITMKIT_IMPORT_PASSPHRASE", "that of what init --import names"},
          {"MITMKIT_ENV_BEFORE", "set by the lines of env: what the variables said before"}};
}

}  // namespace

cli::Program program() {
  return {
      .name = "mitm-ca",
      .summary =
          "the certificate authority of mitmkit: make, see, hand out, install, prove, take back",
      .synopsis = {"init [OPTION...]", "show [OPTION...]", "export [OPTION...]",
                   "issue [OPTION...] HOST...", "install [OPTION...]",
                   "uninstall [OPTION...] [FINGERPRINT...]", "doctor [OPTION...]",
                   "env [OPTION...]", "rotate [OPTION...]"},
      .examples = {{"mitm-ca init", "Make the CA."},
                   {"mitm-ca install", "Have this machine and its browsers trust it."},
                   {"mitm-ca doctor", "See who does, and what helps the others."},
                   {"mitm-ca export -o mitmkit.pem", "Write its certificate to a file."}},
      .description =
          {"mitm-record opens TLS with certificates that it makes for each server and signs with "
           "a CA of its own. Clients must trust that CA, and whoever has its private key can "
           "impersonate any server to them: each user has their own, it is made on their machine, "
           "and its key never leaves it.",
           "install has the machine trust it, env a shell, and mitm-record -- COMMAND makes "
           "COMMAND trust the CA without any of this."},
      .flags = {{.long_name = "home",
                 .value_name = "DIR",
                 .category = std::string(cli::kGeneralCategory),
                 .summary = "where the CA lies",
                 .details = "See FILES.",
                 .complete = cli::Complete::kDirectory}},
      .subcommands = {init_command(), show_command(), export_command(), issue_command(),
                      install_command(), uninstall_command(), doctor_command(), env_command(),
                      rotate_command()},
      .exit_statuses = {{0, "success"},
                        {1, "failure, such as no CA, or one that would have to be replaced"},
                        {2, "wrong usage"},
                        {130, "doctor was interrupted (128 and the signal's number)"}},
      .files = files(),
      .environment = environment(),
      .see_also = {"mitm-record(1)"},
  };
}

}  // namespace mitm::ca
