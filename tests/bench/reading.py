"""How fast recordings are read back."""

import os
import resource
import shutil
import subprocess

from contenders import Mitmdump, MitmRecordWrite
from origin import MIB
from process import PROXY_CORE, pinned
from results import Scenario

FLOWS = Scenario("listing", "flows listed per second of processor time", "/s", more_is_better=True)
SMALL = Scenario("reading-small", "reading a recording of small exchanges, MB/s of content", "MB/s", more_is_better=True)
BULK = Scenario("reading-bulk", "reading a recording of large bodies, MB/s of content", "MB/s", more_is_better=True)


def processor_time(*command):
    """Seconds of a program that succeeds; its output goes nowhere."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(pinned(PROXY_CORE, *command), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime) + (after.ru_stime - before.ru_stime)


def content_size(recording):
    """Octets that zstd makes of it."""
    result = subprocess.run(f"zstd -dc '{recording}' | wc -c", shell=True, check=True, capture_output=True)
    return int(result.stdout)


def record(bench, contender, name, requests, **options):
    """A recording of traffic over TLS, kept as `name`."""
    contender.start()
    try:
        bench.generator.run(contender.route("https"), requests=requests, **options)
    finally:
        contender.stop(keep=True)
    os.rename(contender.recording, bench.path(name))
    return bench.path(name)


def _listing(bench, results):
    small = record(bench, bench.contender(MitmRecordWrite), "small.flowz", bench.listed, path="/1k?n={n}", connections=16)
    size = content_size(small)
    for _ in range(bench.rounds):
        seconds = processor_time(bench.program("mitm-dump"), "-r", small)
        results.add(FLOWS, "mitm-dump", bench.listed / seconds)
        results.add(SMALL, "mitm-dump", size / seconds / 1e6)
        results.add(SMALL, "zstd -dc", size / processor_time("zstd", "-dc", small) / 1e6)


def _listing_of_mitmdump(bench, results):
    flows = record(bench, bench.contender(Mitmdump), "small.mitm", bench.listed_by_mitmdump, path="/1k?n={n}", connections=16)
    with open(bench.path("empty.mitm"), "wb"):
        pass
    for _ in range(bench.rounds):
        started = processor_time("mitmdump", "-nr", bench.path("empty.mitm"))
        seconds = processor_time("mitmdump", "-nr", flows) - started
        results.add(FLOWS, "mitmdump", bench.listed_by_mitmdump / seconds)
        results.add(SMALL, "mitmdump", os.path.getsize(flows) / seconds / 1e6)


def _bulk(bench, results):
    options = {"path": "/text", "connections": 4}
    large = record(bench, bench.contender(MitmRecordWrite), "large.flowz", bench.bulk_bodies, **options)
    size = content_size(large)
    for _ in range(bench.rounds):
        results.add(BULK, "mitm-dump", size / processor_time(bench.program("mitm-dump"), "-r", large) / 1e6)
        results.add(BULK, "zstd -dc", size / processor_time("zstd", "-dc", large) / 1e6)
    bench.say(f"  {size / MIB:.0f} MiB of content in the recording of large bodies")


def run(bench, results):
    bench.say("reading")
    _listing(bench, results)
    if shutil.which("mitmdump"):
        _listing_of_mitmdump(bench, results)
    _bulk(bench, results)
