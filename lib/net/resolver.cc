#include "lib/net/resolver.h"

#include <fmt/format.h>
#include <netdb.h>

#include <condition_variable>
#include <cstring>
#include <deque>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "lib/base/c_ptr.h"

namespace mitm::net {
namespace {

std::string reason_of(int code, int err) {
  return code == EAI_SYSTEM ? std::system_category().message(err) : ::gai_strerror(code);
}

/// Names that are loopback whatever the system's resolver knows (RFC 6761, section 6.3).
bool is_localhost(const std::string& host) {
  return host == "localhost" || host.ends_with(".localhost");
}

Addresses loopback(std::uint16_t port) {
  return {*numeric_address("127.0.0.1", port), *numeric_address("::1", port)};
}

Result<Addresses> look_up(const std::string& host, std::uint16_t port) {
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  // Without AI_ADDRCONFIG, which finds nothing on a host that has but a loopback interface.
  wanted.ai_flags = AI_NUMERICSERV;
  addrinfo* raw = nullptr;
  const int code = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &wanted, &raw);
  const int err = errno;
  if (code != 0 && is_localhost(host)) return loopback(port);
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

struct Resolver::Desk {
  struct Question {
    Loop* loop = nullptr;
    std::string host;
    std::uint16_t port = 0;
    std::weak_ptr<const Callback> callback;
  };

  std::optional<Question> take();
  void answer(const Question& question, Result<Addresses> addresses);

  std::mutex mutex;
  std::condition_variable changed;
  std::deque<Question> questions;  // guarded by mutex
  bool closed = false;             // guarded by mutex
};

std::optional<Resolver::Desk::Question> Resolver::Desk::take() {
  std::unique_lock lock(mutex);
  changed.wait(lock, [this] { return closed || !questions.empty(); });
  if (closed) return std::nullopt;
  Question question = std::move(questions.front());
  questions.pop_front();
  return question;
}

void Resolver::Desk::answer(const Question& question, Result<Addresses> addresses) {
  // While it is open the loops exist, so the lock is held until the answer is posted.
  const std::lock_guard lock(mutex);
  if (closed) return;
  question.loop->post([callback = question.callback, addresses = std::move(addresses)]() mutable {
    if (auto alive = callback.lock()) (*alive)(std::move(addresses));
  });
}

Resolver::Resolver(unsigned threads) : desk_(std::make_shared<Desk>()) {
  for (unsigned i = 0; i < threads; ++i) {
    std::thread([desk = desk_] {
      while (const auto question = desk->take()) {
        if (!question->callback.expired())
          desk->answer(*question, look_up(question->host, question->port));
      }
    }).detach();
  }
}

Resolver::~Resolver() {
  {
    const std::lock_guard lock(desk_->mutex);
    desk_->closed = true;
  }
  desk_->changed.notify_all();
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
    const std::lock_guard lock(desk_->mutex);
    desk_->questions.push_back({&loop, std::move(host), port, token});
  }
  desk_->changed.notify_one();
  return token;
}

}  // namespace mitm::net
