#include "lib/tls/error.h"

#include <openssl/err.h>
#include <openssl/sslerr.h>

#include <catch2/catch.hpp>

using namespace mitm;

TEST_CASE("an error tells everything that OpenSSL queued and empties the queue") {
  ERR_clear_error();
  ERR_raise(ERR_LIB_SSL, SSL_R_NO_SHARED_CIPHER);
  ERR_raise_data(ERR_LIB_SSL, SSL_R_BAD_LENGTH, "of %d", 5);
  const Error error = tls::tls_error("shake hands");
  CHECK(error.code == Code::kTls);
  CHECK(error.message == "shake hands: no shared cipher; bad length (of 5)");
  CHECK(ERR_peek_error() == 0);
}

TEST_CASE("system errors are told in words") {
  ERR_clear_error();
  ERR_raise(ERR_LIB_SYS, ENOENT);
  CHECK(tls::fail_tls("open").error().message == "open: No such file or directory");
}

TEST_CASE("an empty queue still makes a message") {
  ERR_clear_error();
  CHECK(tls::tls_error("do it").message == "do it: unknown reason");
}
