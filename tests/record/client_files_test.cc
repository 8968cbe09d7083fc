#include "cmd/mitm-record/client_files.h"

#include <catch2/catch.hpp>

using namespace mitm::record;

TEST_CASE("wget's configuration keeps its lines, and ours come after them") {
  CHECK(wgetrc_text("timeout = 3\nno_proxy = .corp", "http://p", "/bundle") ==
        "timeout = 3\nno_proxy = .corp\n"
        "ca_certificate = /bundle\nhttp_proxy = http://p\nhttps_proxy = http://p\n"
        "use_proxy = on\nno_proxy =\n");
  CHECK(wget2rc_text("", "http://p", "/bundle") ==
        "ca_certificate = /bundle\nhttp_proxy = http://p\nhttps_proxy = http://p\n");
}

TEST_CASE("the certificates that wget's configuration names are found however they are written") {
  CHECK(wgetrc_certificates("a = b\n  CA-Certificate\t=  /one.pem \r\n") == "/one.pem");
  CHECK(wgetrc_certificates("ca_certificate=/one\ncacertificate = /two") == "/two");
  CHECK_FALSE(wgetrc_certificates("#ca_certificate = /one\nca_directory = /x\n"));
  CHECK_FALSE(wgetrc_certificates(""));
}

TEST_CASE("apt's configuration includes the one before and outdoes what /etc says") {
  const std::string text = apt_config_text("/a b", "http://p", "/bundle");
  CHECK(text.starts_with("#include \"/a b\";\nAcquire::http::Proxy \"http://p\";\n"));
  CHECK(text.find("\nBinary::apt-get::Acquire::https::CAInfo \"/bundle\";\n") != std::string::npos);
  CHECK(apt_config_text({}, "http://p", "/bundle").starts_with("Acquire::http::Proxy"));
}

TEST_CASE("Java's options come last, where they win") {
  CHECK(java_options("-Xmx1g", {"127.0.0.1", 8080}, "/t/java.jks") ==
        "-Xmx1g -Dhttp.proxyHost=127.0.0.1 -Dhttp.proxyPort=8080 -Dhttps.proxyHost=127.0.0.1 "
        "-Dhttps.proxyPort=8080 -Dhttp.nonProxyHosts= -Djavax.net.ssl.trustStore=/t/java.jks "
        "-Djavax.net.ssl.trustStoreType=JKS -Djavax.net.ssl.trustStorePassword=changeit");
  CHECK(java_options({}, {"::1", 1}, "/it's.jks").find("trustStore=\"/it's.jks\" ") !=
        std::string::npos);
}
