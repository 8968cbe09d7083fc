#include "lib/trust/certificate_bundle.h"

#include <catch2/catch.hpp>
#include <string>

using mitm::trust::CertificateBundle;

namespace {

std::string block(const std::string& text) {
  return "-----BEGIN CERTIFICATE-----\n" + text + "\n-----END CERTIFICATE-----";
}

}  // namespace

TEST_CASE("a bundle holds each certificate once and nothing else") {
  CertificateBundle bundle;
  CHECK(bundle.add("# a comment\n" + block("AAAA\nBBBB") +
                   "\n-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n" +
                   block("CCCC")) == 2);
  CHECK(bundle.add(block("AAAABBBB")) == 1);
  CHECK(bundle.pem() == block("AAAA\nBBBB") + "\n" + block("CCCC") + "\n");
}

TEST_CASE("what is no certificate, or the half of one, adds nothing") {
  CertificateBundle bundle;
  CHECK(bundle.add("") == 0);
  CHECK(bundle.add("127.0.0.1 localhost\n") == 0);
  CHECK(bundle.add("-----BEGIN CERTIFICATE-----\nAAAA") == 0);
  CHECK(bundle.pem().empty());
}
