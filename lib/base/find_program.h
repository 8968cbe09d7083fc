#pragma once

#include <expected>
#include <string>

namespace mitm {

/// The path of `program` as a shell would find it: itself when it has a slash, else where it is in
/// $PATH. Fails with an errno: ENOENT when there is none of that name, else what keeps the one that
/// is there from being run. Any thread, while nobody changes the environment.
std::expected<std::string, int> find_program(const std::string& program);

/// The same; after $PATH, where administrators' programs are, which not everybody's $PATH names.
std::expected<std::string, int> find_system_program(const std::string& program);

}  // namespace mitm
