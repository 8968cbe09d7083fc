#include "lib/proxy/proxy_login.h"

#include <catch2/catch.hpp>
#include <vector>

namespace mitm::proxy {
namespace {

using Fields = std::vector<wire::Field>;

TEST_CASE("where nobody has to log in every request is authorized") {
  CHECK(is_authorized({}, Fields{}));
  CHECK(is_authorized({}, Fields{{"Proxy-Authorization", "Basic nonsense"}}));
}

TEST_CASE("else those with the right login are") {
  Credentials credentials;
  credentials.add("a", "b");
  CHECK(is_authorized(credentials, Fields{{"proxy-authorization", "Basic YTpi"}}));
  CHECK_FALSE(is_authorized(credentials, Fields{}));
  CHECK_FALSE(is_authorized(credentials, Fields{{"Proxy-Authorization", "Basic YTpj"}}));
  CHECK_FALSE(is_authorized(credentials, Fields{{"Authorization", "Basic YTpi"}}));
}

TEST_CASE("the answer to others asks for a login") {
  const auto page = render_page(login_page(), PageForm::kText);
  CHECK(page.starts_with("HTTP/1.1 407 Proxy Authentication Required\r\n"));
  CHECK(page.find("\r\nProxy-Authenticate: Basic realm=\"mitm-record\"\r\n") != Bytes::npos);
}

}  // namespace
}  // namespace mitm::proxy
