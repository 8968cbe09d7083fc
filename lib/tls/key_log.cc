#include "lib/tls/key_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/ssl.h>

#include "lib/base/write_all.h"

namespace mitm::tls {
namespace {

int context_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

}  // namespace

Result<std::shared_ptr<KeyLog>> KeyLog::open(const std::filesystem::path& path) {
  // A pipe that nobody reads must not hold up anything.
  constexpr int kFlags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;
  Fd fd(::open(path.c_str(), kFlags, 0600));
  if (!fd.is_open()) return fail_errno(fmt::format("open {}", path.string()));
  return std::shared_ptr<KeyLog>(new KeyLog(std::move(fd), path));
}

void KeyLog::watch(SSL_CTX* context) {
  SSL_CTX_set_ex_data(context, context_index(), this);
  SSL_CTX_set_keylog_callback(context, on_line);
}

void KeyLog::on_line(const SSL* ssl, const char* line) {
  SSL_CTX* context = SSL_get_SSL_CTX(ssl);
  static_cast<KeyLog*>(SSL_CTX_get_ex_data(context, context_index()))->write(line);
}

/// In one piece, because the peer of the connection may log to the same file.
void KeyLog::write(std::string_view line) {
  const std::lock_guard lock(mutex_);
  if (!status_) return;
  status_ = write_all(fd_.get(), fmt::format("{}\n", line), path_.string());
}

Status KeyLog::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

}  // namespace mitm::tls
