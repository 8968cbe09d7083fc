#include "lib/proxy/newcomer.h"

#include <utility>

namespace mitm::proxy {

Newcomer::Newcomer(const Session& session, flow::Target server, TlsClient client,
                   std::optional<flow::FlowError> unreachable)
    : session_(session),
      server_(std::move(server)),
      trial_(session.environment().pins, std::move(client)),
      unreachable_(std::move(unreachable)) {}

std::optional<flow::FlowError> Newcomer::take_failure() {
  auto failure = std::exchange(unreachable_, std::nullopt);
  return trial_.is_young() ? failure : std::nullopt;
}

void Newcomer::close(const std::optional<flow::FlowError>& error) {
  if (trial_.is_over()) return;
  const auto failure = unreachable_ ? unreachable_ : trial_.judge(error);
  if (!failure) return;
  const auto& journal = session_.journal();
  if (session_.had_server()) return journal.write_failed_flow(flow::Kind::kTls, *failure);
  journal.write_unreached(server_, flow::Kind::kTls, *failure);
}

}  // namespace mitm::proxy
