"""What certificates for clients cost, and what TLS handshakes cost each end."""

import json
import re
import subprocess

from process import PROXY_CORE, pinned
from results import Scenario

MINT = Scenario("mint", "minting a leaf; `openssl speed`: one signature with P-256", "µs")
MINT_RSA = Scenario("mint-rsa", "minting a leaf with an RSA key, for clients that take no other", "µs")
MINT_BY_RSA = Scenario("mint-by-rsa", "minting a leaf, signed by an RSA CA (mitmdump's only kind, 2048 bits; ours 3072)", "µs")
HIT = Scenario("leaf-hit", "a leaf from the cache", "µs")
FULL = Scenario("leaf-cache", "resident memory with a full cache of leaves", "MB")
FLOODED = Scenario("leaf-flood", "the same after twenty times as many hosts", "MB")
LEAF = Scenario("leaf-kept", "memory of each leaf that is kept", "KB")
TURNS = {"first": "whole", "again": "whole, of a server whose certificate was verified before", "resumed": "resumed"}
WHO = "mitm-record"

# Its certificates have the CA's own key.
_MITMPROXY = """
import sys, time
from mitmproxy import certs
key, ca = certs.create_ca("mitmproxy", "mitmproxy", 2048)
ca = getattr(ca, "_cert", ca)
names = ["shop.example", "www.shop.example", "*.cdn.shop.example", "192.0.2.1"]
count = int(sys.argv[1])
before = time.process_time()
for number in range(count):
    certs.dummy_cert(key, ca, "shop.example", [f"h{number}.shop.example", *names])
print((time.process_time() - before) / count * 1e6)
"""


def _run(*command):
    """What it prints; None when it cannot be had."""
    try:
        return subprocess.run(pinned(PROXY_CORE, *command), check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return None


def _compare(bench, results):
    if said := _run("openssl", "speed", "-seconds", "1", "ecdsap256"):
        results.add(MINT, "openssl speed", 1e6 / float(re.search(r"nistp256\)\s+\S+\s+\S+\s+([\d.]+)", said)[1]))
    if said := _run("/usr/bin/python3", "-c", _MITMPROXY, str(bench.minted // 10)):
        results.add(MINT_BY_RSA, "mitmdump", float(said))


def _handshakes(results, figures):
    """Each connection has us at one end and plain OpenSSL at the other, so what does the same as we do is in another."""
    for end, other, role in (("accept", "connect", "server, towards clients"), ("connect", "accept", "client, towards servers")):
        for turn, what in TURNS.items():
            if (end, turn) == ("accept", "again"):
                continue
            scenario = Scenario(f"{end}-{turn}", f"TLS handshake as the {role}: {what}", "µs")
            results.add(scenario, WHO, figures[end][turn]["ours"])
            if turn != "again":
                results.add(scenario, "plain OpenSSL", figures[other][turn]["openssl"])


def run(bench, results):
    bench.say("encryption")
    for _ in range(bench.rounds):
        command = pinned(PROXY_CORE, bench.tls_meter, bench.minted, bench.hosts)
        figures = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        for scenario, name in ((MINT, "mint_ec"), (MINT_RSA, "mint_rsa"), (MINT_BY_RSA, "mint_by_rsa"), (HIT, "hit"), (FULL, "full_mb"),
                               (FLOODED, "flooded_mb"), (LEAF, "leaf_kb")):
            results.add(scenario, WHO, figures[name])
        _handshakes(results, figures)
        _compare(bench, results)
