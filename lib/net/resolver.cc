#include "lib/net/resolver.h"

#include <fmt/format.h>
#include <netdb.h>

#include <cstring>
#include <system_error>
#include <utility>

#include "lib/base/c_ptr.h"

namespace mitm::net {
namespace {

std::string reason_of(int code, int err) {
  return code == EAI_SYSTEM ? std::system_category().message(err) : ::gai_strerror(code);
}

Result<Addresses> look_up(const std::string& host, std::uint16_t port) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  wanted.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
  addrinfo* raw = nullptr;
  const int code = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &raw);
  const int err = errno;
  if (code != 0)
    return fail(Code::kPeer, fmt::format("resolve {}: {}", host, reason_of(code, err)));
  const CPtr<addrinfo, ::freeaddrinfo> found(raw);
  Addresses addresses;
  for (const addrinfo* entry = found.get(); entry != nullptr; entry = entry->ai_next) {
    SocketAddress address;
    address.length = entry->ai_addrlen;
    std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
    addresses.push_back(address);
  }
  return addresses;
}

}  // namespace

Resolver::Resolver(unsigned threads) {
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

Resolver::~Resolver() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
}

Resolver::Token Resolver::resolve(Loop& loop, std::string host, std::uint16_t port,
                                  Callback callback) {
  auto token = std::make_shared<const Callback>(std::move(callback));
  if (auto address = numeric_address(host, port)) {
    loop.defer([answer = std::weak_ptr(token), address = *address] {
      if (auto alive = answer.lock()) (*alive)(Addresses{address});
    });
    return token;
  }
  {
    const std::lock_guard lock(mutex_);
    questions_.push_back({&loop, std::move(host), port, token});
  }
  changed_.notify_one();
  return token;
}

void Resolver::work() {
  while (true) {
    Question question;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return stopping_ || !questions_.empty(); });
      if (stopping_) return;
      question = std::move(questions_.front());
      questions_.pop_front();
    }
    if (question.callback.expired()) continue;
    auto answer = look_up(question.host, question.port);
    question.loop->post([callback = question.callback, answer = std::move(answer)]() mutable {
      if (auto alive = callback.lock()) (*alive)(std::move(answer));
    });
  }
}

}  // namespace mitm::net
