"""Where the clients run: with an /etc/hosts of their own and, if need be, a network."""

import os
import subprocess
import sys
import tempfile

INSIDE = "MITM_CLIENTS_NAMESPACE"


def enter(names, addresses=()):
    """Runs the program again where /etc/hosts has a line for each address of `names`, and nothing else.

    With `addresses` there is no network but `lo`, which has these besides. Where the system does not allow any of it, the program
    ends with 0 and says so.
    """
    if INSIDE in os.environ:
        _settle(names, addresses)
        return
    unshare = ["unshare", "-mn" if addresses else "-m"]
    if os.getuid() != 0:
        unshare.append("-r")
    check = subprocess.run([*unshare, "mount", "--bind", "/etc/hosts", "/etc/hosts"], capture_output=True, check=False)
    if check.returncode != 0:
        print(f"clients: all skipped, because namespaces are not allowed here: {check.stderr.decode().strip()}")
        sys.exit(0)
    os.environ[INSIDE] = "1"
    os.execvp(unshare[0], [*unshare, sys.executable, "-B", *sys.argv])


def _settle(names, addresses):
    with tempfile.NamedTemporaryFile("w", encoding="ascii") as hosts:
        hosts.writelines(f"{address} {' '.join(of_it)}\n" for address, of_it in names.items())
        hosts.flush()
        os.chmod(hosts.name, 0o644)
        subprocess.run(["mount", "--bind", hosts.name, "/etc/hosts"], check=True)
    if not addresses:
        return
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for address in addresses:
        subprocess.run(["ip", "address", "add", address, "dev", "lo", *(["nodad"] if ":" in address else [])], check=True)
        # Without a route getaddrinfo(3) takes the family for absent.
        family = "-6" if ":" in address else "-4"
        subprocess.run(["ip", family, "route", "add", "local", "default", "dev", "lo", "src", address], check=True)
