#include "cmd/mitm-record/command_manual.h"

#include "lib/trust/variables.h"

namespace mitm::record {
namespace {

using enum trust::VariableKind;

std::vector<cli::Described> variable_rows() {
  return {
      {trust::names_of(kProxy), "the proxy's URL"},
      {trust::names_of(kRemoved), "removed"},
      {trust::names_of(kReplaces),
       "a file with our certificate, the system's, and those that SSL_CERT_FILE, SSL_CERT_DIR and "
       "the variable itself named before. SSL_CERT_DIR stays as it is"},
      {trust::names_of(kAdds),
       "the same file; when one is named already, a file with its certificates "
       "and ours"},
      {trust::names_of(kSwitch),
       "1, which makes the fetch of node 22.21, 24 and later use the proxy"},
      {trust::names_of(kWgetrc),
       "a file with the lines of $WGETRC or ~/.wgetrc, then the proxy and the "
       "certificates"},
      {trust::names_of(kWget2rc),
       "the same for wget2, with the lines of $SYSTEM_WGET2RC or /etc/wget2rc"},
      {trust::names_of(kAptConfig),
       "a file that includes $APT_CONFIG, and then sets the proxy and the "
       "certificates for apt, apt-get and aptitude, over what /etc/apt says"},
      {trust::names_of(kJavaOptions),
       "the options that were there, and after them the proxy, also for localhost, and a keystore "
       "with the certificates. Each Java virtual machine says \"Picked up JAVA_TOOL_OPTIONS\" on "
       "standard error"},
  };
}

cli::Section environment_section() {
  return {"ENVIRONMENT OF COMMAND",
          {"COMMAND and its children find the proxy and our certificate in the variables below. "
           "What they name are temporary files in one directory in $TMPDIR or /tmp, which is "
           "removed at the end, unless mitm-record is killed by SIGKILL. Variables that named "
           "certificates before keep them; a file that cannot be read, is not regular or holds "
           "more than 16 MiB is left out with a warning, and so are directories beyond that size. "
           "Servers whose certificates only such a file vouches for need \\flag{upstream-ca} as "
           "well, since it is mitm-record that checks them.",
           "Some programs have to be told in their own way: Chromium and Firefox, which keep "
           "certificates in a profile; programs that pin certificates or bring their own and read "
           "no variable, such as aria2c; the fetch of older versions of node, which knows no "
           "proxy; Go programs, for localhost and 127.0.0.0/8. Configuration files that name a "
           "proxy or certificates may win over variables: those of curl and git do, and options "
           "of the program itself always."},
          variable_rows()};
}

cli::Section process_section() {
  return {
      "COMMAND",
      {"COMMAND has the standard input, output and error, descriptors, terminal, process group, "
       "ignored signals (but for SIGCHLD, which COMMAND never finds ignored) and working directory "
       "that mitm-record was given, and runs as if without it: Ctrl-C, Ctrl-Z and fg act on both. "
       "A signal that would end COMMAND and comes before it was started ends mitm-record instead, "
       "with 128 plus its number. A file without #! is run by sh.",
       "The recording ends when COMMAND does. Processes that it leaves behind keep their "
       "connections for as long as \\flag{drain} says, and have no proxy from then on."}};
}

}  // namespace

std::vector<cli::Section> command_sections() { return {process_section(), environment_section()}; }

}  // namespace mitm::record
