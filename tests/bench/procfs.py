"""What the kernel says of a process and its children, together."""

import os

TICK = 1 / os.sysconf("SC_CLK_TCK")


def _stat(pid):
    """The fields after the name, from the state on; None when the process has ended."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()
    except OSError:
        return None


def tree(pid):
    """The process and all that descend from it."""
    parents = {}
    for name in os.listdir("/proc"):
        if name.isdigit() and (fields := _stat(name)):
            parents[int(name)] = int(fields[1])
    found = [pid]
    for parent in found:
        found += [child for child, of in parents.items() if of == parent]
    return found


def processor_seconds(pid):
    """User and system time of all threads, those that ended included; of a child that ended, nothing."""
    total = 0
    for process in tree(pid):
        if fields := _stat(process):
            total += int(fields[11]) + int(fields[12])
    return total * TICK


def _memory(pid, key):
    total = 0
    for process in tree(pid):
        with open(f"/proc/{process}/status", encoding="utf-8") as file:
            total += sum(int(line.split()[1]) for line in file if line.startswith(key + ":"))
    return total * 1024


def resident(pid):
    """Octets. Pages that processes share are counted for each."""
    return _memory(pid, "VmRSS")


def peak_resident(pid):
    return _memory(pid, "VmHWM")
