#include "lib/proxy/credentials.h"

#include <cstddef>
#include <utility>

#include "lib/wire/basic_auth.h"

namespace mitm::proxy {
namespace {

/// Its time depends on the length of `guess` alone.
bool equal(std::string_view secret, std::string_view guess) {
  volatile unsigned differing = secret.size() == guess.size() ? 0U : 1U;
  for (std::size_t i = 0; i < guess.size(); ++i) {
    const char expected = secret.empty() ? '\0' : secret[i % secret.size()];
    differing = differing | static_cast<unsigned char>(expected ^ guess[i]);
  }
  return differing == 0;
}

}  // namespace

void Credentials::add(std::string user, std::string password) {
  logins_.push_back({std::move(user), std::move(password)});
}

bool Credentials::accept(std::string_view user, std::string_view password) const {
  bool accepted = false;
  for (const Login& login : logins_) {
    const bool user_equal = equal(login.user, user);
    const bool password_equal = equal(login.password, password);
    accepted |= user_equal & password_equal;
  }
  return accepted;
}

bool Credentials::accept_basic(ByteView field_value) const {
  const auto login = wire::parse_basic(field_value);
  return login && accept(login->user, login->password);
}

}  // namespace mitm::proxy
