#include "lib/net/pf_state.h"

#include <catch2/catch.hpp>
#include <string>

namespace mitm::net {
namespace {

using flow::Endpoint;

// As macOS prints it, with what it says before.
const std::string kInARow =
    "No ALTQ support in kernel\n"
    "ALTQ related functions disabled\n"
    "ALL tcp 192.168.1.13:57474 -> 198.51.100.58:443       ESTABLISHED:ESTABLISHED\n"
    "ALL udp 127.0.0.1:8080 <- 203.0.113.5:80 <- 192.168.1.111:40000       MULTIPLE:MULTIPLE\n"
    "ALL tcp 127.0.0.1:8080 <- 203.0.113.5:80 <- 192.168.1.111:40000       "
    "ESTABLISHED:ESTABLISHED\n"
    "ALL tcp ::1[8080] <- 2001:db8:f21f:c5:face:b00c::167[443] <- 2001:db8::f3db[40002]       "
    "ESTABLISHED:ESTABLISHED\n";
// As OpenBSD and FreeBSD do, with what they add when they are asked for more.
const std::string kInBrackets =
    "all udp 203.0.113.52:17449 (192.168.1.178:56094) -> 198.51.100.160:51820       "
    "MULTIPLE:MULTIPLE\n"
    "   age 08:20:20, expires in 00:01:00, 317323773:165327693 pkts, 263517066416:102413038016 "
    "bytes\n"
    "all icmp 192.168.1.9:11 -> 198.51.100.1:11       0:0\n"
    "   age 00:00:02, expires in 00:00:08, 1:1 pkts, 84:84 bytes, rule 9\n"
    "all tcp 10.0.0.1:22 <- 10.0.0.9:51514       ESTABLISHED:ESTABLISHED\n"
    "all tcp 127.0.0.1:8080 (203.0.113.5:80) <- 192.168.1.111:40000       "
    "ESTABLISHED:ESTABLISHED\n"
    "   [3165868840 + 44372] wscale 10  [2555950065 + 65536] wscale 7\n"
    "all tcp ::1[8080] (2001:db8:f21f:c5:face:b00c:0:167[443]) <- 2001:db8::f3db[40002]       "
    "SYN_SENT:ESTABLISHED\n"
    "all tcp 203.0.113.9:61000 (192.168.1.111:40001) -> 203.0.113.5:80       "
    "FIN_WAIT_2:FIN_WAIT_2\n";

TEST_CASE("the destination of a redirected connection is found in each way of writing it") {
  for (const auto& states : {kInARow, kInBrackets}) {
    CHECK(find_in_pf_states(states, {"192.168.1.111", 40000}, {"127.0.0.1", 8080}) ==
          Endpoint{"203.0.113.5", 80});
    CHECK(find_in_pf_states(states, {"2001:db8::f3db", 40002}, {"::1", 8080}) ==
          Endpoint{"2001:db8:f21f:c5:face:b00c:0:167", 443});
  }
}

TEST_CASE("other connections are not taken for it") {
  for (const auto& states : {kInARow, kInBrackets}) {
    CHECK_FALSE(find_in_pf_states(states, {"192.168.1.111", 40001}, {"127.0.0.1", 8080}));
    CHECK_FALSE(find_in_pf_states(states, {"192.168.1.11", 40000}, {"127.0.0.1", 8080}));
    CHECK_FALSE(find_in_pf_states(states, {"192.168.1.111", 40000}, {"127.0.0.1", 8081}));
    CHECK_FALSE(find_in_pf_states(states, {"192.168.1.13", 57474}, {"127.0.0.1", 8080}));
  }
}

TEST_CASE("what is no list of states holds none") {
  for (const auto* states :
       {"", "\n\n", "pfctl: /dev/pf: Permission denied\n", "ALL tcp 127.0.0.1:8080 <-",
        "ALL tcp 127.0.0.1:8080 <- x <- 192.168.1.111:40000 A:B",
        "ALL tcp 127.0.0.1:8080 <- 203.0.113.5:99999 <- 192.168.1.111:40000 A:B"})
    CHECK_FALSE(find_in_pf_states(states, {"192.168.1.111", 40000}, {"127.0.0.1", 8080}));
}

}  // namespace
}  // namespace mitm::net
