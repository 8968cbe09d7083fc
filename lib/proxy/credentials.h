#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/base/bytes.h"

namespace mitm::proxy {

/// Who may use the proxy. Takes as long for a wrong guess that is nearly right as for any other of
/// its length.
class Credentials {
 public:
  void add(std::string user, std::string password);
  /// Nobody has to log in.
  [[nodiscard]] bool empty() const { return logins_.empty(); }
  [[nodiscard]] bool accept(std::string_view user, std::string_view password) const;
  /// `field_value`: of Proxy-Authorization.
  [[nodiscard]] bool accept_basic(ByteView field_value) const;

 private:
  struct Login {
    std::string user, password;
  };
  std::vector<Login> logins_;
};

}  // namespace mitm::proxy
