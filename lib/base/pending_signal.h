#pragma once

#include <initializer_list>
#include <optional>

namespace mitm {

/// The first of `signals` that has come but is blocked, as a program has it that takes its signals
/// from its event loop: for whatever it does before it gets there, and what takes long.
std::optional<int> pending_signal(std::initializer_list<int> signals);

}  // namespace mitm
