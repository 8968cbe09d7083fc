"""The kinds of certificates: what a client asks for, what the server has, which CA signs the leaf, and whether the client must take it."""

import collections

IPV4, IPV6 = "198.18.0.7", "fd00::7"
PERMITTED = "inside.test"
LONG = f"{'a' * 50}.{'b' * 50}.test"
WRONG = "wrong.test"

# `host` as people type it. `names` is the server's subjectAltName; empty: it has but a common name. `home` is the
# CA that signs, `known` whether the client knows it. `refused` is why it must not accept the leaf, empty when it must.
Kind = collections.namedtuple("Kind", "title host names home known rsa refused common_name", defaults=("ec", True, False, "", "Server"))

KINDS = (
    Kind("DNS name", "plain.test", "DNS:plain.test"),
    Kind("wildcard", "a.wild.test", "DNS:*.wild.test"),
    Kind("IPv4", IPV4, f"IP:{IPV4}"),
    Kind("IPv6", IPV6, f"IP:{IPV6}"),
    Kind("international", "bücher.test", "DNS:xn--bcher-kva.test"),
    Kind("no SAN", "bare.test", "", common_name="bare.test"),
    Kind("long name", LONG, f"DNS:{LONG}"),
    Kind("RSA only", "plain.test", "DNS:plain.test", rsa=True),
    Kind("RSA CA", "plain.test", "DNS:plain.test", "rsa"),
    Kind("permitted", f"a.{PERMITTED}", f"DNS:a.{PERMITTED}", "constrained"),
    Kind("permitted, among others", f"b.{PERMITTED}", f"DNS:outside.test,DNS:*.{PERMITTED},IP:192.0.2.1", "constrained",
         common_name="outside.test"),
    Kind("not permitted", "plain.test", "DNS:plain.test", "constrained", refused="constraint"),
    Kind("other name", WRONG, f"DNS:{WRONG}", refused="name"),
    Kind("unknown CA", "plain.test", "DNS:plain.test", known=False, refused="unknown"),
)
