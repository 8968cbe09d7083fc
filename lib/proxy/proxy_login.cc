#include "lib/proxy/proxy_login.h"

namespace mitm::proxy {

bool is_authorized(const Credentials& credentials, std::span<const wire::Field> fields) {
  if (credentials.empty()) return true;
  const auto value = wire::find_field(fields, "proxy-authorization");
  return value && credentials.accept_basic(*value);
}

Page login_page() {
  return {407, "this proxy asks for a user and a password",
          "put them into the proxy's URL: http://USER:PASSWORD@ADDRESS:PORT"};
}

}  // namespace mitm::proxy
