#!/usr/bin/python3 -B
"""guard.py check|update GUARD: counts the instructions of bench_guard's cases and compares them with instructions.json.

Clocks say different things every time, instructions do not. For each exchange are compared: `instructions`, those of our
own code only, because the C library and zstd choose their routines by the processor; `calls` of libraries; and
`allocations`. `all`, the instructions with those of the libraries, is for people and not compared.
Exit status of check: 0; 1 where a number is off by more than TOLERANCE, in either direction; 77 where it cannot be told.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile

NUMBERS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "instructions.json")
TOLERANCE = 0.05
COMPARED = ("instructions", "calls", "allocations")
SKIPPED = 77


def totals(lines, own):
    """Of a callgrind file without compressed names: what is compared, `own` being the object of our code, and `all`."""
    counted = dict.fromkeys((*COMPARED, "all"), 0)
    here = there = called = None
    inclusive = False
    for line in lines:
        key, equals, value = line.strip().partition("=")
        if key == "ob":
            here = value
        elif key == "cob":
            there = value
        elif key == "cfn":
            called = value.split("'")[0]  # callgrind marks recursion
        elif key == "calls":
            times = int(value.split()[0])
            counted["calls"] += times if here == own and there not in (None, own) else 0
            counted["allocations"] += times if called == "malloc" else 0
            there, inclusive = None, True
        elif not equals and line[:1].isdigit():
            # The cost of a call is counted where it is spent.
            cost, inclusive = 0 if inclusive else int(line.split()[1]), False
            counted["all"] += cost
            counted["instructions"] += cost if here == own else 0
    return counted


def count(guard, case, exchanges, directory):
    """The numbers of one case for one exchange."""
    out = os.path.join(directory, case)
    result = subprocess.run(
        ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "--toggle-collect=bench_guard_counted",
         "--collect-atstart=no", "--compress-strings=no", "--compress-pos=no", guard, case],
        env=os.environ | {"LD_BIND_NOW": "1"}, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"guard.py: {case}: {result.stderr[-2000:]}")
    with open(out, encoding="utf-8") as file:
        return {name: round(number / exchanges, 1) for name, number in totals(file, guard).items()}


def measure(guard):
    cases = (line.split() for line in subprocess.run([guard, "--list"], check=True, capture_output=True, text=True).stdout.splitlines())
    with tempfile.TemporaryDirectory(prefix="mitmkit-guard-") as directory:
        return {case: count(guard, case, int(exchanges), directory) for case, exchanges in cases}


def differences(expected, measured):
    """What is off, as lines for people."""
    for case in sorted(expected.keys() | measured.keys()):
        if case not in expected or case not in measured:
            yield f"{case}: only in {'instructions.json' if case in expected else 'bench_guard'}"
            continue
        for name in COMPARED:
            old, new = expected[case][name], measured[case][name]
            if abs(new - old) > TOLERANCE * old:
                yield f"{case}: {new:,} {name} for each exchange, {old:,} are committed ({(new / old - 1) * 100:+.1f} %)"


def obstacle(compiler, expected):
    """Why nothing can be said here, or None."""
    if platform.machine() != "x86_64":
        return f"the numbers are of x86_64, this is {platform.machine()}"
    if not shutil.which("valgrind"):
        return "valgrind is not installed"
    if expected and compiler != expected["compiler"]:
        return f"the numbers are of {expected['compiler']}, this was built by {compiler}"
    return None


def main(action, guard):
    guard = os.path.realpath(guard)
    compiler = subprocess.run([guard, "--compiler"], check=True, capture_output=True, text=True).stdout.strip()
    expected = None
    if action == "check":
        with open(NUMBERS, encoding="utf-8") as file:
            expected = json.load(file)
    if reason := obstacle(compiler, expected):
        print(f"skipped: {reason}")
        return SKIPPED
    measured = measure(guard)
    for case, numbers in measured.items():
        print(f"{case:<8}" + "".join(f"{numbers[name]:>12,} {name}" for name in (*COMPARED, "all")))
    if action == "update":
        with open(NUMBERS, "w", encoding="utf-8") as file:
            json.dump({"compiler": compiler, "cases": measured}, file, indent=2)
            file.write("\n")
        return 0
    complaints = list(differences(expected["cases"], measured))
    if complaints:
        print(*complaints, f"if that is meant: tests/bench/guard.py update {guard}", sep="\n")
    return 1 if complaints else 0


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("check", "update"):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
