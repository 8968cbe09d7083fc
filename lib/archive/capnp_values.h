#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "lib/archive/kj_compare.h"
// kj_compare.h must come first.
#include "formats/flow.capnp.h"
#include "lib/base/time.h"
#include "lib/flow/record.h"

/// The values that structs of the schemas share. Internal to this folder, because Cap'n Proto's
/// types show. Empty strings are left null: they read the same and take no room.
namespace mitm::archive {

inline capnp::Data::Reader octets(std::string_view bytes) {
  return {reinterpret_cast<const kj::byte*>(bytes.data()), bytes.size()};
}
inline capnp::Text::Reader text(const std::string& value) { return {value.c_str(), value.size()}; }
inline std::string string_of(capnp::Data::Reader data) {
  return {reinterpret_cast<const char*>(data.begin()), data.size()};
}
inline std::string string_of(capnp::Text::Reader text) { return {text.begin(), text.size()}; }

inline std::int64_t nanoseconds(Time time) { return time.time_since_epoch().count(); }
/// A damaged or forged archive may hold any number; arithmetic on what is given out must not
/// overflow. Of a record: differences fit.
Time record_time(std::int64_t nanoseconds);
/// Of a record: not negative, and there are times that are so long before any record's.
Duration record_span(std::int64_t nanoseconds);
/// Of a certificate: leaves room for rounding.
Time certificate_time(std::int64_t nanoseconds);

/// Those that return an optional have nullopt for an enumerant that a later version added.
schema::ConnectionOpened::Mode mode(flow::Mode value);
std::optional<flow::Mode> mode_of(schema::ConnectionOpened::Mode mode);
schema::FlowEnd::Kind kind(flow::Kind value);
std::optional<flow::Kind> kind_of(schema::FlowEnd::Kind kind);

void put_endpoint(const flow::Endpoint& endpoint, schema::Endpoint::Builder out);
flow::Endpoint endpoint_of(schema::Endpoint::Reader in);
void put_flow_error(const flow::FlowError& error, schema::FlowError::Builder out);
flow::FlowError error_of(schema::FlowError::Reader in);

}  // namespace mitm::archive

/// `MITM_PUT(out, Method, octets, value)` leaves the field null when the value is empty.
#define MITM_PUT(out, Field, convert, value)                \
  do {                                                      \
    if (!(value).empty()) (out).set##Field(convert(value)); \
  } while (false)
