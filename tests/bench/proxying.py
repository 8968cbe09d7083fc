"""What proxies cost while traffic passes: processor time per unit, in several rounds that take turns."""

import time

from origin import MIB
from procfs import processor_seconds
from results import Scenario

# Recorders write a little later than they relay.
SETTLE = 0.25


class Load:
    """A scenario and how the generator makes its traffic; `kind` as contenders.py names it."""

    def __init__(self, name, title, kind, per_mib=False, **options):
        self.scenario = Scenario(name, title, "µs/MiB" if per_mib else "µs", compares=True)
        self.kind, self.per_mib, self.options = kind, per_mib, options

    def units(self, outcome):
        return outcome["bytes"] / MIB if self.per_mib else outcome["requests"]


LOADS = (
    Load("https", "HTTPS request, 1 KiB, kept-alive connection", "https", path="/1k", connections=16),
    Load("plain", "plain HTTP request, 1 KiB, kept-alive connection", "plain", path="/1k", connections=16),
    Load("fresh", "new TLS connection and request, no resumption", "fresh", path="/1k", connections=8, fresh=True),
    Load("resumed", "new TLS connection and request, origin resumes", "resumed", path="/1k", connections=8, fresh=True),
    Load("random", "bulk download, random bytes", "https", True, path="/random", connections=4),
    Load("text", "bulk download, text", "https", True, path="/text", connections=4),
    Load("plain-random", "bulk download, random bytes, plain HTTP", "plain", True, path="/random", connections=4),
    Load("upload", "bulk upload, random bytes", "https", True, path="/sink", connections=4, upload=10 * MIB),
)


def measure(bench, contender, load, seconds):
    route = contender.route(load.kind)
    options = dict(load.options)
    bench.generator.run(route, **options, requests=options["connections"])
    time.sleep(SETTLE)
    before = processor_seconds(contender.pid)
    outcome = bench.generator.run(route, **options, seconds=seconds)
    time.sleep(SETTLE)
    return (processor_seconds(contender.pid) - before) / load.units(outcome) * 1e6


def run(bench, results):
    """Contenders take turns within each scenario, so that a slow minute of the machine hits all of them."""
    for number in range(bench.rounds):
        bench.say(f"round {number + 1} of {bench.rounds}")
        for contender in bench.contenders:
            contender.start()
        try:
            for load in LOADS:
                for contender in (some for some in bench.contenders if load.kind in some.kinds):
                    results.add(load.scenario, contender.name, measure(bench, contender, load, bench.seconds))
        finally:
            for contender in bench.contenders:
                contender.stop()
