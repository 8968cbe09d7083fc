#include "lib/filter/filter.h"

#include <catch2/catch.hpp>

#include "tests/filter/flows.h"

using namespace mitm;
using namespace mitm::filter;

namespace {

Filter parse(std::string_view text) {
  INFO(text);
  auto filter = Filter::parse(text);
  if (!filter) FAIL(filter.error().message);
  return *std::move(filter);
}

std::string explain(std::string_view text) { return parse(text).explain(); }

Error refusal(std::string_view text) {
  INFO(text);
  auto filter = Filter::parse(text);
  REQUIRE_FALSE(filter);
  return filter.error();
}

}  // namespace

TEST_CASE("not binds closest, then and, then or, then standing side by side") {
  CHECK(explain("~q | ~s & ~e") == "~q or (~s and ~e)");
  CHECK(explain("a | b c") == "(~u a or ~u b) and ~u c");
  CHECK(explain("a b | c") == "~u a and (~u b or ~u c)");
  CHECK(explain("!a b") == "not ~u a and ~u b");
  CHECK(explain("not http and tcp or dns") == "(not http and tcp) or dns");
  CHECK(explain("!! ~q") == "not not ~q");
  CHECK(explain("!(~q|~s)") == "not (~q or ~s)");
  CHECK(explain("(~q) && (method GET || tcp)") == "~q and (method GET or tcp)");
}

TEST_CASE("what is explained means the same when it is read again") {
  for (const char* text :
       {"host a.test and not (status 5xx or ~e) x", "~u 'a b' | ~d \"q\\\"\"", "port 80 or 443",
        "error 'status' or error dns", "path '=x' or 'contains'", "kind tcp or tls",
        "header 'or' '<'", "header x-id != \"o)ne\" and size>=1k"}) {
    const std::string once = explain(text);
    CHECK(explain(once) == once);
  }
}

TEST_CASE("or repeats the word before it for a value that stands alone") {
  CHECK(explain("port 80 or 443") == "port 80 or port 443");
  CHECK(explain("dst host a.test or b.test or 10.0.0.0/8 and http") ==
        "dst host a.test or dst host b.test or (dst host 10.0.0.0/8 and http)");
  CHECK(explain("status >= 500 or 404") == "status >= 500 or status >= 404");
  CHECK(explain("method GET or ~q or foo") == "method GET or ~q or ~u foo");
  CHECK(explain("method GET and foo") == "method GET and ~u foo");
  CHECK(explain("method GET | foo") == "method GET or ~u foo");
  CHECK(explain("method GET foo") == "method GET and ~u foo");
  CHECK(explain("status 200 or (404 or 500)") == "status 200 or (status 404 or status 500)");
  CHECK(explain("kind tcp or tls") == "kind tcp or kind tls");
  CHECK(explain("error connect-refused or dns") == "error connect-refused or error dns");
  CHECK(explain("not method GET or POST") == "not method GET or method POST");
  CHECK(explain("method GET or http") == "method GET or http");
}

TEST_CASE("behind places and, not and parentheses repeat the word too") {
  CHECK(explain("not host vs and ace") == "not host vs and host ace");
  CHECK(explain("host 127.0.0.1 and not 127.0.0.2") == "host 127.0.0.1 and not host 127.0.0.2");
  CHECK(explain("port 80 or not 443") == "port 80 or not port 443");
  CHECK(explain("port 80 or (443 or 8080)") == "port 80 or (port 443 or port 8080)");
  CHECK(explain("src or dst port 80") == "port 80");
  CHECK(explain("tcp port 80") == "port 80");
  CHECK(explain("tcp and port 80") == "tcp and port 80");
}

TEST_CASE("operators and words need no blanks between them where nothing else can be meant") {
  CHECK(explain("http&port 80") == "http and port 80");
  CHECK(explain("tcp||http") == "tcp or http");
  CHECK(explain("NOT http OR Status 200") == "not http or status 200");
}

TEST_CASE("a value after a word that need not have one belongs to it, and what goes on does not") {
  CHECK(explain("sni a.test") == "sni a.test");
  CHECK(explain("header x-id one and sni") == "header x-id one and sni");
  CHECK(explain("error status 500") == "error and status 500");
  CHECK(explain("error not http") == "error and not http");
  CHECK(explain("error ~q") == "error and ~q");
  CHECK(explain("(error)") == "error");
  CHECK(explain("error !http") == "error and not http");
  CHECK(explain("error dns") == "error dns");
  CHECK(explain("header cookie http") == "header cookie and http");
  CHECK(explain("error tls") == "error and tls");
  CHECK(explain("error 'status'") == "error \"status\"");
  CHECK(explain("header 'or' '!x'") == "header \"or\" \"!x\"");
}

TEST_CASE("a summary decides what it can") {
  const flow::Flow flow = summary_of(https_flow());
  const auto decide = [&](std::string_view text) {
    return parse(text).decide(flow, Known::kSummary);
  };
  CHECK(decide("host www.example.com and status 404 and path /api/*") == Truth::kYes);
  CHECK(decide("status 200 and header x-id") == Truth::kNo);
  CHECK(decide("status 404 and header x-id") == Truth::kUnknown);
  CHECK(decide("status 404 or header x-id") == Truth::kYes);
  CHECK(decide("not header x-id") == Truth::kUnknown);
  CHECK(decide("not (status 404 or header x-id)") == Truth::kNo);
  CHECK(parse("not header x-id").decide(https_flow(), Known::kHeads) == Truth::kNo);
}

TEST_CASE("ids and times alone decide what they can") {
  const auto decide = [](std::string_view text) {
    return parse(text).decide(https_flow(), Known::kTimes);
  };
  CHECK(decide("id 12 and connection 7 and duration < 1s and after 2026-11-01") == Truth::kYes);
  CHECK(decide("id 13 and status 404") == Truth::kNo);
  CHECK(decide("id 12 and status 404") == Truth::kUnknown);
}

TEST_CASE("what summaries do not answer is known") {
  CHECK(parse("host a and not (header x or status 200) and ~t y").beyond_summaries() ==
        std::vector<std::string>{"header x", "~t y"});
  CHECK(parse("host a").beyond_summaries().empty());
}

TEST_CASE("a summary names only the first anomalies") {
  flow::Flow flow = tcp_flow();
  CHECK(parse("anomaly = reset").decide(flow, Known::kSummary) == Truth::kYes);
  CHECK(parse("anomaly = other").decide(flow, Known::kSummary) == Truth::kNo);
  flow.anomaly_count = 9;
  CHECK(parse("anomaly = other").decide(flow, Known::kSummary) == Truth::kUnknown);
  CHECK(parse("anomaly").decide(flow, Known::kSummary) == Truth::kYes);
  CHECK(parse("anomaly = reset").decide(flow, Known::kSummary) == Truth::kYes);
  CHECK(parse("anomaly != reset").decide(flow, Known::kSummary) == Truth::kNo);
  CHECK(parse("anomaly = other").beyond_summaries().size() == 1);
  CHECK_FALSE(parse("anomaly = other").matches(flow));
}

TEST_CASE("messages say what is wrong and where") {
  const auto tells = [](std::string_view text, std::string_view what) {
    const Error error = refusal(text);
    INFO(text << " -> " << error.message);
    CHECK(error.code == Code::kUsage);
    CHECK(error.message.starts_with("filter: "));
    CHECK(error.message.contains(what));
  };
  tells("", "something to look for is missing at the end");
  tells("()", "something to look for is missing near ')'");
  tells("(~q", "a closing parenthesis is missing at the end");
  tells("~q)", "unexpected text near ')'");
  tells("method GET and", "missing at the end");
  tells("and ~q", "missing near 'and ~q'");
  tells("~q or", "missing at the end");
  tells("~c 20x", "'20x' is no status");
  tells("~c200", "after ~c a blank is missing near '200'");
  tells("~c", "~c: a value is missing at the end");
  tells("~zz x", "~zz is no operator");
  tells("~ x", "after ~ an operator is missing");
  tells("~marked", "no marks");
  tells("~qx", "~qx is no operator");
  tells("~d foo&~m GET", "before '&' a blank is missing");
  tells("~u 'a", "the closing ' is missing");
  tells("~u \\.(js|css)$", "a parenthesis stands within a value");
  tells("(js|css)$", "behind a parenthesis a blank is missing near '$'");
  tells("~u 'a(?=b)'", "is no regular expression");
  tells("status maybe", "status: 'maybe' is no status");
  tells("status =~ 5..", "not compared with =~");
  tells("path > 5", "not compared with >");
  tells("duration > 5", "'5' is no duration");
  tells("host", "host: a value is missing");
  tells("host 10.0.0.0/40", "names no hosts");
  tells("port 70000", "'70000' is no port");
  tells("kind htp", "no kind of flow");
  tells("mode sideways", "no mode");
  tells("method GET or /api", "'/api' is no method");
  tells("stauts >= 500", "'stauts' is no word");
  tells("status 404 500", "'500' is no word");
  tells("udp port 53", "'udp' is no word");
  tells("less 100", "'less' is no word");
  tells("net 10.0.0.0 mask 255.0.0.0", "'mask' is no word");
  tells("# comment", "'#' is no word");
  tells("method GET&status 200", "before '&' a blank is missing");
  tells("method and http", "method: a value is missing near 'and http'");
  tells("host contains a", "host: a value is missing near 'contains");
  tells("host and", "host: a value is missing");
  tells("src status 200", "src host: a value is missing");
  tells("src www.example.com", "'www.example.com' is no address");
  tells("header or x", "a name is missing");
  tells("host .*.a.test", "no name looks like that");
  tells("after 2026-02-30", "is no time");
  tells("host a and /api", "'/api' names no hosts");
  tells("request GET", "after request a word is missing");
  tells("after yesterday", "'yesterday' is no time");
  tells(std::string(1000, '('), "nested too deeply");
  tells(std::string(1000, '!') + "a", "nested too deeply");
  CHECK(Filter::parse(std::string_view("a\0b", 3)).error().code == Code::kUsage);
  CHECK(refusal("~b x").message.contains("bodies cannot be searched"));
}
