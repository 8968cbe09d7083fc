"""How much longer a request takes through a proxy that is busy for 30 % of its time."""

import ways
from procfs import processor_seconds
from results import Scenario

SHARE = 0.3
MEDIAN = Scenario("latency-median", "added latency at 30 % load, median", "µs")
TAIL = Scenario("latency-p99", "added latency at 30 % load, 99th percentile", "µs")
CONNECTIONS = 16


def _cost(bench, contender, **options):
    """Seconds of processor time for each request."""
    before = processor_seconds(contender.pid)
    outcome = bench.generator.run(contender.route("https"), path="/1k", connections=CONNECTIONS, **options)
    return (processor_seconds(contender.pid) - before) / outcome["requests"]


def _rate(bench, contender):
    """Requests per second that keep it busy for SHARE. One that comes alone costs more than one of many at once."""
    crowded = _cost(bench, contender, seconds=bench.seconds)
    return SHARE / _cost(bench, contender, seconds=bench.seconds, rate=round(SHARE / crowded / 2, 1))


def run(bench, results):
    """Of the contenders, then of each way into ours."""
    _run_contenders(bench, results)
    ways.run(bench, results)


def _run_contenders(bench, results):
    """At a rate for each contender that its own cost decides; the same rate without a proxy is subtracted."""
    bench.say("latency")
    direct = ["--address", f"127.0.0.1:{bench.origin.tls}", "--tls"]
    for contender in bench.contenders:
        contender.start()
        try:
            options = {"path": "/1k", "connections": CONNECTIONS, "rate": round(_rate(bench, contender), 1), "seconds": 2 * bench.seconds}
            for _ in range(bench.rounds):
                without, through = bench.generator.run(direct, **options), bench.generator.run(contender.route("https"), **options)
                results.add(MEDIAN, contender.name, through["p50"] - without["p50"])
                results.add(TAIL, contender.name, through["p99"] - without["p99"])
        finally:
            contender.stop()
