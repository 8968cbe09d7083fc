#pragma once

#include "lib/cli/flag.h"

/// The subcommands of mitm-ca: words and flags of each.
namespace mitm::ca {

cli::Subcommand init_command();
cli::Subcommand export_command();
cli::Subcommand issue_command();
cli::Subcommand install_command();
cli::Subcommand uninstall_command();
cli::Subcommand doctor_command();
cli::Subcommand env_command();
cli::Subcommand rotate_command();

}  // namespace mitm::ca
