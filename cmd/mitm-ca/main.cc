#include "cmd/mitm-ca/commands.h"
#include "cmd/mitm-ca/flags.h"
#include "lib/cli/run.h"

int main(int argc, char** argv) {
  return mitm::cli::run_program(mitm::ca::program(), argc, argv, mitm::ca::run);
}
