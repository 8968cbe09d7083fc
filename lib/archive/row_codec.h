#pragma once

#include <optional>

#include "lib/archive/kj_compare.h"
// kj_compare.h must come first.
#include "formats/summary.capnp.h"
#include "lib/archive/summary.h"

/// Between a row and the schema's struct. Internal to this folder, because Cap'n Proto's types
/// show.
namespace mitm::archive {

/// Octets of text of a row that are stored; a row with more is clipped.
inline constexpr std::size_t kMaxRowText = 2048;
/// Frames with facts that a row names; our writer needs a quarter.
inline constexpr std::size_t kMaxFactFrames = 64;
/// Of the anomalies of a row the first names.
inline constexpr std::size_t kRowAnomalies = 3;

/// What a row's texts come to.
std::size_t text_size(const flow::Flow& flow);

void put_row(const FlowRow& row, schema::FlowRow::Builder out);
/// nullopt for what a later version added. Throws kj::Exception when it is malformed.
std::optional<FlowRow> row_of(schema::FlowRow::Reader in);

/// Whether both would be stored alike.
bool alike(const FlowRow& one, const FlowRow& other);

}  // namespace mitm::archive
