#include "lib/trust/certificate_bundle.h"

#include <algorithm>
#include <string_view>

namespace mitm::trust {
namespace {

constexpr std::string_view kBegin = "-----BEGIN CERTIFICATE-----";
constexpr std::string_view kEnd = "-----END CERTIFICATE-----";

bool is_space(char letter) { return std::string_view(" \t\r\n").contains(letter); }

}  // namespace

std::size_t CertificateBundle::add(ByteView pem) {
  std::size_t found = 0;
  for (auto begin = pem.find(kBegin); begin != ByteView::npos; begin = pem.find(kBegin, begin)) {
    const auto end = pem.find(kEnd, begin);
    if (end == ByteView::npos) break;
    Bytes block(pem.substr(begin, end + kEnd.size() - begin));
    begin = end;
    ++found;
    // The same certificate is the same text but for how its lines are broken.
    Bytes key = block;
    std::erase_if(key, is_space);
    if (known_.insert(std::move(key)).second) certificates_.push_back(std::move(block));
  }
  return found;
}

Bytes CertificateBundle::pem() const {
  Bytes text;
  for (const Bytes& certificate : certificates_) {
    text += certificate;
    text += '\n';
  }
  return text;
}

}  // namespace mitm::trust
