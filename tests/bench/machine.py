"""What figures were measured on."""

import os
import platform
import subprocess


def _first(path, key):
    try:
        with open(path, encoding="utf-8") as file:
            return next((line.split(":", 1)[1].strip() for line in file if line.startswith(key)), "unknown")
    except OSError:
        return "unknown"


def _version(*command):
    """The first line of what a program says of itself."""
    try:
        result = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    except OSError:
        return None
    lines = (result.stdout + result.stderr).splitlines()
    return lines[0].strip() if lines else None


def describe(bin_dir):
    programs = {
        "nginx": _version("nginx", "-v"),
        "sslsplit": _version("sslsplit", "-V"),
        "mitmdump": _version("mitmdump", "--version"),
        "mitm-record": _version(os.path.join(bin_dir, "mitm-record"), "--version"),
        "openssl": _version("openssl", "version"),
        "zstd": _version("zstd", "--version"),
        "tcpdump": _version("tcpdump", "--version"),
    }
    return {
        "processor": _first("/proc/cpuinfo", "model name"),
        "cores": os.cpu_count(),
        "memory": _first("/proc/meminfo", "MemTotal"),
        "kernel": platform.release(),
        "system": _first_of_release(),
        "programs": {name: version for name, version in programs.items() if version},
    }


def _first_of_release():
    return platform.freedesktop_os_release().get("PRETTY_NAME", "unknown")
