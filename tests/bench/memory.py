"""What proxies hold: at their peak, and for each idle connection."""

import time

from procfs import peak_resident, resident
from results import Scenario

PEAK = Scenario("peak", "peak memory, four 10 MiB bodies in parallel", "MB")
IDLE = Scenario("idle", "memory for each idle TLS connection", "KiB")


def _peak(bench, contender):
    bench.generator.run(contender.route("https"), path="/random", connections=4, requests=12)
    time.sleep(0.3)
    return peak_resident(contender.pid) / 1e6


def _idle(bench, contender, count):
    route = contender.route("https")
    bench.generator.run(route, path="/1k", connections=8, requests=64)
    time.sleep(0.3)
    before = resident(contender.pid)
    held = bench.generator.hold(route, count, path="/1k")
    time.sleep(0.5)
    after = resident(contender.pid)
    held.release()
    return (after - before) / count / 1024


def run(bench, results):
    bench.say("memory")
    for contender in bench.contenders:
        for scenario, measure in ((PEAK, lambda: _peak(bench, contender)), (IDLE, lambda: _idle(bench, contender, bench.idle))):
            contender.start()
            try:
                results.add(scenario, contender.name, measure())
            finally:
                contender.stop()
