#pragma once

#include <filesystem>
#include <memory>

#include "lib/base/error.h"
#include "lib/base/io.h"

namespace mitm::archive {

/// As create_archive_file(), but what is there stays as it is until close(), when the new content
/// takes its place all at once; without close() nothing is left behind. What is no regular file,
/// and what stands in a folder that nothing can be added to, is written directly.
Result<std::unique_ptr<ByteSink>> replace_archive_file(const std::filesystem::path& path);

}  // namespace mitm::archive
