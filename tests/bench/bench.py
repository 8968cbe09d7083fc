#!/usr/bin/python3 -B
"""bench.py [--quick] [--only NAME]... PROGRAMS LOAD-GENERATOR OUTPUT: everything, side by side, on loopback only.

Prints the table and writes it to OUTPUT/bench.txt, the figures to OUTPUT/bench.json. Exits with 0 whatever the figures say.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time

import archives
import contenders
import disk
import encryption
import latency
import machine
import memory
import proxying
import reading
import table
from load import Generator
from origin import Origin
from pki import Pki
from results import Results
from targets import TARGETS

PARTS = {"proxying": proxying, "memory": memory, "latency": latency, "reading": reading, "disk": disk, "archives": archives,
         "encryption": encryption}


class Bench:
    """What all parts need: the origin, the generator, the contenders that are there, and how much to do."""

    def __init__(self, options, directory):
        self.bin, self.directory = options.programs, directory
        quick = options.quick
        self.rounds, self.seconds = (1, 0.5) if quick else (5, 1.5)
        self.idle = 100 if quick else 500
        self.listed, self.listed_by_mitmdump = (20_000, 500) if quick else (100_000, 4_000)
        self.bulk_bodies = 8 if quick else 40
        self.mixed = 100 if quick else 500
        self.many_flows, self.large_octets = (100_000, 200_000_000) if quick else (1_000_000, 5_000_000_000)
        self.minted, self.hosts = (2_000 if quick else 10_000), 20_000
        beside = os.path.dirname(options.generator)
        self.archive_writer, self.tls_meter = os.path.join(beside, "bench_archive"), os.path.join(beside, "bench_tls")
        self.generator = Generator(options.generator)
        pki = self.pki = Pki(directory)
        self.origin = Origin(directory, pki, self.mixed)
        self.contenders = []
        for kind in contenders.ALL:
            if missing := kind.missing():
                self.say(f"skipped: {kind.name}: {missing}")
            else:
                self.contenders.append(kind(directory, self.origin, pki))

    def contender(self, kind):
        (found,) = (contender for contender in self.contenders if type(contender) is kind)
        return found

    def path(self, name):
        return os.path.join(self.directory, name)

    def program(self, name):
        return os.path.join(self.bin, name)

    @staticmethod
    def say(text):
        print(text, file=sys.stderr, flush=True)


def measure(options, directory):
    bench, results = Bench(options, directory), Results()
    try:
        for name, part in PARTS.items():
            if name in (options.only or PARTS):
                part.run(bench, results)
    finally:
        bench.origin.stop()
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="less of everything: under two minutes")
    parser.add_argument("--only", action="append", choices=PARTS)
    parser.add_argument("programs")
    parser.add_argument("generator")
    parser.add_argument("output")
    options = parser.parse_args()
    if os.cpu_count() < 2:
        sys.exit("bench.py: two cores are needed: one for the proxy, one for the load")
    os.environ["PATH"] += ":/usr/sbin"
    os.environ["MITM_BIN"] = options.programs = os.path.abspath(options.programs)
    directory = tempfile.mkdtemp(prefix="mitmkit-bench-")
    started = time.monotonic()
    try:
        results = measure(options, directory)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    described = machine.describe(options.programs)
    text = table.render(results, contenders.BASELINE, TARGETS, described)
    print(text, end="")
    report = {"machine": described, "quick": options.quick, "took": round(time.monotonic() - started),
              **results.to_json(contenders.BASELINE, TARGETS)}
    os.makedirs(options.output, exist_ok=True)
    with open(os.path.join(options.output, "bench.txt"), "w", encoding="utf-8") as file:
        file.write(text)
    with open(os.path.join(options.output, "bench.json"), "w", encoding="utf-8") as file:
        json.dump(report, file, indent=1, ensure_ascii=False)
        file.write("\n")


if __name__ == "__main__":
    main()
