#pragma once

#include "lib/cli/flag.h"

namespace mitm::dump {

/// The language of filters, for the manual page.
cli::Section filter_manual();

}  // namespace mitm::dump
