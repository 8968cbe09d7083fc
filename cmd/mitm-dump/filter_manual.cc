#include "cmd/mitm-dump/filter_manual.h"

#include <string>
#include <vector>

namespace mitm::dump {
namespace {

std::vector<std::string> paragraphs() {
  return {
      "A filter says which flows are wanted. It is made of words as in tcpdump, of mitmproxy's "
      "operators, which begin with a tilde, and of regular expressions that stand by themselves "
      "and "
      "are searched for in URLs. The words of the command line are joined by blanks; put quotes "
      "around what the shell would take for its own: 'status >= 500'.",
      "They are combined with not (!), and (&), or (|) and parentheses. Not binds closest, then "
      "and, "
      "then or (in tcpdump the two are of one rank). What merely stands side by side must hold "
      "both, "
      "and that binds loosest. Directly behind the word or, a value that stands alone repeats the "
      "word before it, with its comparison: status 404 or 500. Behind host, net and port that "
      "holds "
      "for and and not too, as in tcpdump: port 80 and not 8080. \\flag{explain} shows how a "
      "filter "
      "is understood.",
      "Words may be written in any case, and values are compared without regard to it. Values may "
      "stand in quotes, and must where they read as something else; a backslash protects a quote "
      "or "
      "a backslash there. Behind a word that takes a text (TEXT), the value must fit the whole of "
      "it, and * stands for anything; =, != and contains take it literally; =~ and !~ search for a "
      "regular expression (RE2). Numbers (N) have =, !=, <, <=, > and >=, and ranges such as "
      "400-499, but for durations. A comparison with what a flow does not have does not hold, != "
      "and "
      "!~ included.",
      "What heads, certificates and TLS say of a flow is not in the summary of a recording: "
      "header, "
      "type, version, alpn, tls-version, cipher, verify, ja3, ja4, certificate, ~h and ~t need its "
      "records. Bodies are not searched in this version."};
}

std::vector<cli::Described> words() {
  return {
      {"host HOST",
       "a name or address of the server (asked for in any way, or connected to), or the "
       "client's address: a name, *.example.com, .example.com (that and all below it), "
       "an address or a network, each with :PORT if wanted. net is the same"},
      {"port N, portrange N-N", "the server's port or the client's"},
      {"src ..., dst ...",
       "before host, net, port or portrange, or a host alone: only the client's, "
       "only the server's"},
      {"http, https, websocket, tcp, dns, tls", "what a flow is, or that it used TLS"},
      {"kind TEXT, mode TEXT", "as in the output of \\flag{output} ndjson"},
      {"method TEXT, url TEXT, path TEXT, query TEXT", "of the request"},
      {"status N", "of the response: 404, 4xx, 400-499"},
      {"[request|response] header NAME [TEXT]", "a header field, whatever its value, or with it"},
      {"[request|response] type [TEXT]", "Content-Type, with or without its parameters"},
      {"[request|response] version TEXT", "of HTTP"},
      {"[request|response] size N", "octets of bodies: 1500, 64k, 10M"},
      {"duration N", "500ms, 1.5s, 2m"},
      {"after TIME, before TIME",
       "when it began: 2026-11-28, 2026-11-28T10:15:00Z; local without a "
       "zone"},
      {"error [TEXT], anomaly [TEXT]", "that it had one, or that one"},
      {"complete, passed", "that all of it was seen, that it was passed through unopened"},
      {"sni [TEXT], alpn [TEXT], tls-version TEXT, cipher TEXT, verify TEXT, ja3 TEXT, ja4 TEXT",
       "of TLS, on either side"},
      {"certificate [TEXT]", "a subject, issuer, name or SHA-256 of the server's certificates"},
      {"id N, connection N", "the numbers that are shown"},
  };
}

std::vector<cli::Described> operators() {
  return {
      {"~u REGEX", "URL; also a REGEX alone"},
      {"~d REGEX, ~m REGEX", "host, method"},
      {"~c N", "status"},
      {"~h REGEX, ~hq REGEX, ~hs REGEX", "header, of the request, of the response"},
      {"~t REGEX, ~tq REGEX, ~ts REGEX", "Content-Type of either, of the request, of the response"},
      {"~src REGEX, ~dst REGEX", "client and server as ADDRESS:PORT"},
      {"~q, ~s, ~e, ~a",
       "no response; a response; an error; an asset: script, style, image or font"},
      {"~all, ~http, ~websocket, ~tcp, ~udp, ~dns", "any flow, and kinds of them"},
  };
}

}  // namespace

cli::Section filter_manual() {
  cli::Section section{.title = "FILTERS", .paragraphs = paragraphs(), .rows = words()};
  for (auto& row : operators()) section.rows.push_back(std::move(row));
  return section;
}

}  // namespace mitm::dump
