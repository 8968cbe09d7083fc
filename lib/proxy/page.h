#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "lib/base/bytes.h"
#include "lib/wire/http1_head.h"

namespace mitm::proxy {

/// A failure as a client of ours sees it.
struct Page {
  std::uint16_t status = 502;  ///< 400, 407, 408, 431, 502 or 504
  std::string message;         ///< what went wrong
  std::string hint;  ///< what the person who runs mitm-record can do about it; may be empty
};

/// For messages whose head exceeds the limit.
inline constexpr auto kMaxHeadHint = "mitm-record's --max-head raises the limit";

enum class PageForm : std::uint8_t { kText, kHtml, kHeadOnly };

/// A whole HTTP/1.1 response that ends the connection. Escapes what may come from the network.
Bytes render_page(const Page& page, PageForm form);

/// The form that suits a request: nothing but a head for HEAD, HTML for who accepts text/html.
PageForm form_for(ByteView method, std::span<const wire::Field> fields);

}  // namespace mitm::proxy
