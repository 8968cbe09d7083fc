#include "lib/archive/foreign.h"

#include <algorithm>

#include "lib/base/ascii.h"

namespace mitm::archive {
namespace {

using namespace std::string_view_literals;

struct Signature {
  std::string_view octets;
  std::string_view name;
};

constexpr Signature kSignatures[] = {
    {"\x0A\x0D\x0D\x0A"sv, "a pcapng capture"},
    {"\xA1\xB2\xC3\xD4"sv, "a pcap capture"},
    {"\xD4\xC3\xB2\xA1"sv, "a pcap capture"},
    {"\xA1\xB2\x3C\x4D"sv, "a pcap capture"},
    {"\x4D\x3C\xB2\xA1"sv, "a pcap capture"},
    {"\x1F\x8B"sv, "a gzip file"},
    {"PK\x03\x04"sv, "a zip file"},
    {"\x7F"
     "ELF"sv,
     "a program"},
    {"\xFD"
     "7zXZ\0"sv,
     "an xz file"},
    {"BZh"sv, "a bzip2 file"},
    {"\x89PNG"sv, "an image"},
    {"%PDF-"sv, "a PDF document"},
    {"SQLite format 3\0"sv, "a SQLite database"},
};

/// "1234:4:type;4:http;…": a dictionary in the tnetstring that mitmproxy writes.
bool is_mitmproxy_flow(ByteView beginning) {
  const std::size_t colon = beginning.find(':');
  if (colon == 0 || colon == ByteView::npos || colon > 12) return false;
  const ByteView rest = beginning.substr(colon + 1);
  return std::ranges::all_of(beginning.substr(0, colon), is_digit) && !rest.empty() &&
         is_digit(rest.front());
}

bool is_text(ByteView beginning) {
  return !beginning.empty() && std::ranges::all_of(beginning, [](char c) {
    const auto octet = static_cast<unsigned char>(c);
    return (octet >= 0x20 && octet != 0x7F) || c == '\n' || c == '\r' || c == '\t' || c == '\f';
  });
}

std::string_view json_kind(ByteView beginning) {
  constexpr ByteView kByteOrderMark = "\xEF\xBB\xBF";
  if (beginning.starts_with(kByteOrderMark)) beginning.remove_prefix(kByteOrderMark.size());
  const std::size_t first = beginning.find_first_not_of(" \t\r\n");
  if (first == ByteView::npos || (beginning[first] != '{' && beginning[first] != '[')) return {};
  return beginning.find("\"log\"") == ByteView::npos ? "a JSON file" : "a HAR file";
}

}  // namespace

std::string_view looks_like(ByteView beginning) {
  for (const Signature& signature : kSignatures) {
    if (beginning.starts_with(signature.octets)) return signature.name;
  }
  if (is_mitmproxy_flow(beginning)) return "a mitmproxy flow file";
  if (const auto kind = json_kind(beginning); !kind.empty()) return kind;
  return is_text(beginning) ? "a text file" : std::string_view{};
}

}  // namespace mitm::archive
