#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

/// The names of everything Http1Decoder finds odd.
namespace mitm::wire {

enum class OddityId : std::uint8_t {
  kBareLf,
  kBareCr,
  kNul,
  kObsFold,
  kSpaceBeforeFirstField,
  kSpaceBeforeColon,
  kEmptyFieldName,
  kBadFieldName,
  kFieldWithoutColon,
  kControlInValue,
  kObsText,
  kLongLine,
  kHeadTooLarge,
  kBlankLineBeforeRequest,
  kBlankLineBeforeResponse,
  kBadVersion,
  kRequestLineSpace,
  kSpaceInTarget,
  kControlInTarget,
  kNonAsciiTarget,
  kBadTarget,
  kLowerCaseMethod,
  kAmbiguousMethod,
  kShortStatusLine,
  kUnusualStatusLine,
  kMissingHost,
  kDuplicateHost,
  kBadHost,
  kHostDiffersFromTarget,
  kDuplicateContentLength,
  kConflictingContentLength,
  kBadContentLength,
  kContentLengthWithTransferEncoding,
  kUnusualTransferEncoding,
  kTransferEncodingInHttp10,
  kFramingFieldInConnection,
  kForbiddenBody,
  kUnusualChunkSize,
  kChunkExtension,
  kMissingCrlfAfterChunk,
  kFramingFieldInTrailer,
  kUnsolicitedResponse,
  kUnaskedSwitch,
  kBytesAfterFinalMessage,
  kHeldBytesOverflow,
  kCount,
};

struct OddityInfo {
  std::string_view name;
  bool framing = false;  ///< parsers disagree about where the message ends or what it asks for
  std::string_view explanation;
};

/// Indexed by OddityId.
inline constexpr std::array<OddityInfo, static_cast<std::size_t>(OddityId::kCount)> kOddities{{
    {"bare-lf", true, "A line ends in LF without CR."},
    {"bare-cr", true, "A CR that no LF follows stands within a line."},
    {"nul", true, "A head or chunk line holds a NUL octet."},
    {"obs-fold", true, "A field's value goes on in the next line, which begins with white space."},
    {"space-before-first-field", true,
     "White space stands between the start line and the first field."},
    {"space-before-colon", true, "White space stands between a field's name and its colon."},
    {"empty-field-name", true, "A field line begins with its colon."},
    {"bad-field-name", true, "A field's name holds an octet that is not allowed in a token."},
    {"field-without-colon", true, "A field line has no colon."},
    {"control-in-value", false, "A field's value or a reason holds a control octet."},
    {"obs-text", false, "A field's value or a reason holds octets above 0x7f."},
    {"long-line", false, "A line is longer than the 8 KiB that many servers accept."},
    {"head-too-large", true,
     "A head or trailer section exceeds a limit. It is kept as bytes; where there is a head record "
     "too, that leaves out what does not fit."},
    {"blank-line-before-request", false, "Blank lines come before a request."},
    {"blank-line-before-response", true, "Blank lines come before a response."},
    {"bad-version", true, "The version is neither HTTP/1.0 nor HTTP/1.1."},
    {"request-line-space", true, "A request line is not separated by exactly two single spaces."},
    {"space-in-target", true, "The request-target holds white space."},
    {"control-in-target", true, "The request-target holds a control octet."},
    {"non-ascii-target", false, "The request-target holds octets above 0x7f."},
    {"bad-target", true, "The request-target has none of the four forms that its method allows."},
    {"lower-case-method", false, "The method is written with lower-case letters."},
    {"ambiguous-method", true, "The method differs from CONNECT or HEAD only in case."},
    {"short-status-line", false, "No space follows the status code."},
    {"unusual-status-line", true, "A status line is not separated by single spaces."},
    {"missing-host", true, "A request of HTTP/1.1 has no Host field."},
    {"duplicate-host", true, "A request has more than one Host field."},
    {"bad-host", true, "The Host field does not hold a host and an optional port."},
    {"host-differs-from-target", false,
     "The Host field names another host than the request-target."},
    {"duplicate-content-length", true, "Content-Length is given more than once, always the same."},
    {"conflicting-content-length", true,
     "Content-Length is given more than once, with different values."},
    {"bad-content-length", true, "Content-Length is not a plain decimal number."},
    {"content-length-with-transfer-encoding", true,
     "Content-Length and Transfer-Encoding stand in one message; the latter was followed."},
    {"unusual-transfer-encoding", true, "Transfer-Encoding is anything but one \"chunked\"."},
    {"transfer-encoding-in-http-1.0", true, "Transfer-Encoding stands in a message of HTTP/1.0."},
    {"framing-field-in-connection", true,
     "Connection names Content-Length, Transfer-Encoding or Host, which a proxy would then drop."},
    {"forbidden-body", true, "The head announces a body where none is allowed."},
    {"unusual-chunk-size", true,
     "A chunk's size is not plainly hexadecimal, or its line too long."},
    {"chunk-extension", false, "A chunk's size is followed by extensions."},
    {"missing-crlf-after-chunk", true, "A chunk's data is not followed by CRLF."},
    {"framing-field-in-trailer", true,
     "The trailer section holds Content-Length, Transfer-Encoding or Host."},
    {"unsolicited-response", true, "A server sent bytes that no request asked for."},
    {"unasked-switch", true, "A server switches protocols (101) without having been asked to."},
    {"bytes-after-final-message", true, "Bytes follow the message that was announced as the last."},
    {"held-bytes-overflow", false,
     "Too many bytes came before it was known whether the server would switch protocols."},
}};

constexpr const OddityInfo& info(OddityId id) { return kOddities[static_cast<std::size_t>(id)]; }

}  // namespace mitm::wire
