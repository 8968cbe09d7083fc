"""What the kernel says of a process."""

import os


def _status(pid, key):
    with open(f"/proc/{pid}/status", encoding="ascii") as file:
        (line,) = (line for line in file if line.startswith(key + ":"))
    return int(line.split()[1])


def peak_memory(pid):
    """Octets."""
    return _status(pid, "VmHWM") * 1024


def memory(pid):
    """Octets."""
    return _status(pid, "VmRSS") * 1024


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))
