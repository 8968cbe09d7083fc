"""How much longer a request takes through a proxy that is busy for 30 % of its time."""

from proxying import LOADS
from results import Scenario

SHARE = 0.3
MEDIAN = Scenario("latency-median", "added latency at 30 % load, median", "µs")
TAIL = Scenario("latency-p99", "added latency at 30 % load, 99th percentile", "µs")
CONNECTIONS = 16


def run(bench, results):
    """At a rate for each contender that its own cost decides; the same rate without a proxy is subtracted."""
    bench.say("latency")
    (https,) = (load for load in LOADS if load.kind == "https" and not load.per_mib)
    direct = ["--address", f"127.0.0.1:{bench.origin.tls}", "--tls"]
    for contender in bench.contenders:
        rate = SHARE * 1e6 / results.median(https.scenario, contender.name)
        options = {"path": "/1k", "connections": CONNECTIONS, "rate": round(rate, 1), "seconds": 2 * bench.seconds}
        contender.start()
        try:
            bench.generator.run(contender.route("https"), path="/1k", connections=CONNECTIONS, requests=64)
            for _ in range(bench.rounds):
                without, through = bench.generator.run(direct, **options), bench.generator.run(contender.route("https"), **options)
                results.add(MEDIAN, contender.name, through["p50"] - without["p50"])
                results.add(TAIL, contender.name, through["p99"] - without["p99"])
        finally:
            contender.stop()
