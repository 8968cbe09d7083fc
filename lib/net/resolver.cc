#include "lib/net/resolver.h"

#include <fmt/format.h>
#include <netdb.h>

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "lib/base/c_ptr.h"

namespace mitm::net {
namespace {

/// A thread without work ends after so long.
constexpr std::chrono::seconds kIdleThread{30};

std::string reason_of(int code, int err) {
  return code == EAI_SYSTEM ? std::system_category().message(err) : ::gai_strerror(code);
}

/// Names that are loopback also where the system's resolver does not know them (RFC 6761, section
/// 6.3).
bool is_localhost(const std::string& host) {
  return host == "localhost" || host.ends_with(".localhost");
}

Addresses loopback() { return {*numeric_address("127.0.0.1", 0), *numeric_address("::1", 0)}; }

/// What a lookup is for.
struct Subject {
  std::string host;
  Resolver::Families families = Resolver::Families::kBoth;

  auto operator<=>(const Subject&) const = default;
};

/// With port 0.
Result<Addresses> look_up(const Subject& subject) {
  const std::string& host = subject.host;
  addrinfo wanted{};
  wanted.ai_family = subject.families == Resolver::Families::kIpv4 ? AF_INET : AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  // Without AI_ADDRCONFIG, which finds nothing on a host that has but a loopback interface.
  addrinfo* raw = nullptr;
  const int code = ::getaddrinfo(host.c_str(), nullptr, &wanted, &raw);
  const int err = errno;
  if (code != 0 && is_localhost(host)) return loopback();
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

Result<Addresses> at_port(Result<Addresses> addresses, std::uint16_t port) {
  if (addresses) {
    for (SocketAddress& address : *addresses) set_port(address, port);
  }
  return addresses;
}

/// Who wants to know.
struct Question {
  Loop* loop = nullptr;
  std::uint16_t port = 0;
  std::weak_ptr<const Resolver::Callback> callback;
};

void tell(const Question& question, const Result<Addresses>& addresses) {
  question.loop->post(
      [callback = question.callback, answer = at_port(addresses, question.port)]() mutable {
        if (auto alive = callback.lock()) (*alive)(std::move(answer));
      });
}

}  // namespace

struct Resolver::Desk : std::enable_shared_from_this<Desk> {
  explicit Desk(unsigned most) : most_threads(most) {}

  void ask(const Subject& subject, Question question);
  void close();

  const unsigned most_threads;

 private:
  [[nodiscard]] bool may_ask(const Subject& subject) const;
  void work();
  void hire();
  std::optional<Subject> take();
  [[nodiscard]] bool is_wanted(const Subject& subject) const;
  std::vector<Question> forget(const Subject& subject);
  void answer(const Subject& subject, const Result<Addresses>& addresses);

  std::mutex mutex;
  std::condition_variable changed;
  // The rest is guarded by mutex.
  std::deque<Subject> waiting;                         ///< those that no thread has begun with
  std::map<Subject, std::vector<Question>> questions;  ///< the same and begun ones
  unsigned luxuries = 0;                               ///< of these, for kIpv4
  unsigned threads = 0;
  unsigned idle = 0;
  bool closed = false;
};

void Resolver::Desk::ask(const Subject& subject, Question question) {
  {
    const std::lock_guard lock(mutex);
    if (!may_ask(subject)) {
      return tell(question,
                  fail(Code::kLimit, fmt::format("resolve {}: too many ask", subject.host)));
    }
    auto& askers = questions[subject];
    askers.push_back(std::move(question));
    if (askers.size() > 1) return;
    if (subject.families == Families::kIpv4) ++luxuries;
    waiting.push_back(subject);
    if (idle < waiting.size() && threads < most_threads) hire();
  }
  changed.notify_one();
}

/// Requires the lock. Silent name servers keep the threads that ask them.
bool Resolver::Desk::may_ask(const Subject& subject) const {
  if (subject.families == Families::kBoth || questions.contains(subject)) return true;
  const bool is_thread_free = waiting.empty() && (idle > 0 || threads < most_threads);
  return is_thread_free && luxuries < most_threads / 4;
}

/// Where the system has no thread to give, those that there are have to do.
void Resolver::Desk::hire() {
  try {
    std::thread([desk = shared_from_this()] { desk->work(); }).detach();
    ++threads;
  } catch (const std::system_error& error) {
    if (threads > 0) return;
    const Subject subject = waiting.front();
    waiting.pop_front();
    answer(subject, fail(Code::kLimit, fmt::format("resolve {}: {}", subject.host, error.what())));
  }
}

void Resolver::Desk::work() {
  while (const auto subject = take()) {
    const auto addresses = look_up(*subject);
    const std::lock_guard lock(mutex);
    answer(*subject, addresses);
  }
}

/// The next subject; nothing: this thread is not needed any more.
std::optional<Subject> Resolver::Desk::take() {
  std::unique_lock lock(mutex);
  ++idle;
  while (changed.wait_for(lock, kIdleThread, [this] { return closed || !waiting.empty(); })) {
    if (closed) break;
    Subject subject = std::move(waiting.front());
    waiting.pop_front();
    if (is_wanted(subject)) {
      --idle;
      return subject;
    }
    forget(subject);
  }
  --idle;
  --threads;
  return std::nullopt;
}

/// Requires the lock. Whoever asks from now on joins those that did.
bool Resolver::Desk::is_wanted(const Subject& subject) const {
  return std::ranges::any_of(questions.at(subject),
                             [](const Question& question) { return !question.callback.expired(); });
}

/// Requires the lock: while the desk is open the loops exist, so it is held until all is posted.
void Resolver::Desk::answer(const Subject& subject, const Result<Addresses>& addresses) {
  if (closed) return;
  for (const Question& question : forget(subject)) tell(question, addresses);
}

/// Requires the lock.
std::vector<Question> Resolver::Desk::forget(const Subject& subject) {
  if (subject.families == Families::kIpv4) --luxuries;
  return std::move(questions.extract(subject).mapped());
}

void Resolver::Desk::close() {
  {
    const std::lock_guard lock(mutex);
    closed = true;
  }
  changed.notify_all();
}

Resolver::Resolver(unsigned most_threads) : desk_(std::make_shared<Desk>(most_threads)) {}

Resolver::~Resolver() { desk_->close(); }

Resolver::Token Resolver::resolve(Loop& loop, const std::string& host, std::uint16_t port,
                                  Callback callback, Families families) {
  auto token = std::make_shared<const Callback>(std::move(callback));
  if (auto address = numeric_address(host, port)) {
    loop.defer([answer = std::weak_ptr(token), address = *address] {
      if (auto alive = answer.lock()) (*alive)(Addresses{address});
    });
    return token;
  }
  desk_->ask({host, families}, {&loop, port, token});
  return token;
}

}  // namespace mitm::net
