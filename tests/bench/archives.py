"""What archives of a million flows, and of gigabytes, cost to write, list and look something up in."""

import json
import os
import subprocess
import sys

from process import PROXY_CORE, pinned
from results import Scenario

RECORD = Scenario("record", "writing: processor time of the recorder for each record", "µs")
OCTET_RANDOM = Scenario("octet-random", "writing: the same for each octet of bodies that do not compress", "ns")
OCTET_TEXT = Scenario("octet-text", "writing: the same for each octet of text", "ns")
ROWS = Scenario("million-summary", "flows listed per second out of many, by the summary", "/s", more_is_better=True)
STREAM = Scenario("million-stream", "the same without a summary", "/s", more_is_better=True)
FETCH = Scenario("fetch", "one flow out of gigabytes, from start to end", "ms")
FETCH_UNCLOSED = Scenario("fetch-unclosed", "the same where the recorder was killed", "ms")
FETCH_MEMORY = Scenario("fetch-memory", "peak memory: fetching one flow out of gigabytes", "MB")
LIST_MEMORY = Scenario("list-memory", "peak memory: listing many flows, with and without their summary", "MB")
WHO = "mitm-dump"
POOL = 8 << 20  # as bench_archive wants it


def _text(bench):
    """Text as people write it: of Python's own library."""
    path = bench.path("text")
    library = os.path.dirname(os.__file__)
    with open(path, "wb") as out:
        for folder, folders, names in os.walk(library):
            folders.sort()
            for name in sorted(name for name in names if name.endswith(".py")):
                with open(os.path.join(folder, name), "rb") as source:
                    out.write(source.read())
                if out.tell() >= POOL:
                    out.truncate(POOL)
                    return path
    return path


def _write(bench, file, flows, body, *pool):
    command = pinned(PROXY_CORE, bench.archive_writer, file, str(flows), str(body), *pool)
    return json.loads(subprocess.run(command, check=True, capture_output=True).stdout)


# What a process peaked at counts what it was forked from, so the forking is done by one that is small.
_LAUNCH = """
import json, resource, subprocess, sys, time
started = time.monotonic()
if subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode not in (0, 3):  # 3: of what was cut
    sys.exit("failed: " + " ".join(sys.argv[1:]))
usage = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([usage.ru_utime + usage.ru_stime, time.monotonic() - started, usage.ru_maxrss / 1e3]))
"""


def _run(command, stdin=None):
    """Seconds of processor time, seconds that passed, and peak memory in MB of a program that can read what it is given."""
    launch = pinned(PROXY_CORE, sys.executable, "-I", "-S", "-c", _LAUNCH, *command)
    return json.loads(subprocess.run(launch, check=True, stdin=stdin, stdout=subprocess.PIPE).stdout)


def _listing(bench, results, file, flows):
    for _ in range(bench.rounds):
        seconds, _, memory = _run([bench.program("mitm-dump"), "-r", file])
        results.add(ROWS, WHO, flows / seconds)
        with open(file, "rb") as stream:
            streamed, _, streamed_memory = _run([bench.program("mitm-dump"), "-r", "-"], stdin=stream)
        results.add(STREAM, WHO, flows / streamed)
        results.add(LIST_MEMORY, WHO, max(memory, streamed_memory))


def _fetching(bench, results, file, scenario):
    flows = bench.large_octets // 1_000_000 - 5
    for number in range(bench.rounds):
        flow = 1 + (number * 7919 + flows // 2) % flows
        _, passed, memory = _run([bench.program("mitm-dump"), "-r", file, "--flow", str(flow), "-v"])
        results.add(scenario, WHO, passed * 1e3)
        results.add(FETCH_MEMORY, WHO, memory)


def run(bench, results):
    bench.say("archives")
    many, large = bench.path("many.flowz"), bench.path("large.flowz")
    text = _text(bench)
    written = _write(bench, many, bench.many_flows, 200, text)
    results.add(RECORD, "mitm-record", written["seconds"] * 1e6 / written["records"])
    _listing(bench, results, many, bench.many_flows)
    os.unlink(many)
    for pool, scenario in (((text,), OCTET_TEXT), ((), OCTET_RANDOM)):
        for _ in range(bench.rounds):
            written = _write(bench, large, bench.large_octets // 10_000_000 // bench.rounds, 10_000_000, *pool)
            results.add(scenario, "mitm-record", written["seconds"] * 1e9 / written["body_octets"])
    _write(bench, large, bench.large_octets // 1_000_000, 1_000_000)
    _fetching(bench, results, large, FETCH)
    os.truncate(large, os.path.getsize(large) - 3_000_000)
    _fetching(bench, results, large, FETCH_UNCLOSED)
    os.unlink(large)
