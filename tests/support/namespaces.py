"""Three hosts in network namespaces of their own: a client, a recorder that routes, and a server behind it."""

import contextlib
import ctypes
import os
import shutil
import socket
import subprocess
import threading

CLONE_NEWNET = 0x40000000
LIBC = ctypes.CDLL(None, use_errno=True)


def lacking(*programs):
    """Why no such hosts can be made here, or nothing."""
    if os.geteuid() != 0:
        return "only root can make network namespaces"
    path = os.environ["PATH"] + ":/usr/sbin:/sbin"
    for program in ("ip", *programs):
        if shutil.which(program, path=path) is None:
            return f"{program} is not installed"
    probe = f"mitmkit{os.getpid()}p"
    made = subprocess.run(["ip", "netns", "add", probe], capture_output=True, check=False)
    if made.returncode != 0:
        return f"no network namespaces: {made.stderr.decode().strip()}"
    subprocess.run(["ip", "netns", "del", probe], check=True)
    return None


def enter(path):
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if LIBC.setns(handle, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"setns {path}")
    finally:
        os.close(handle)


class Hosts:
    """client 10.1.0.2, fd01::2; recorder 10.1.0.1, fd01::1 and 10.2.0.1, fd02::1; server 10.2.0.2, fd02::2."""

    SERVER = {4: "10.2.0.2", 6: "fd02::2"}
    RECORDER = {4: "10.1.0.1", 6: "fd01::1"}

    def __init__(self, case):
        self.names = {host: f"mitmkit{os.getpid()}{host[0]}" for host in ("client", "recorder", "server")}
        for host in self.names:
            case.addCleanup(self.remove, host)
            self.command("ip", "netns", "add", self.names[host])
            self.run(host, "ip", "link", "set", "lo", "up")
        self.connect("client", "recorder", 1)
        self.connect("server", "recorder", 2)
        self.shell("recorder", "sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1")

    def remove(self, host):
        subprocess.run(["ip", "netns", "del", self.names[host]], capture_output=True, check=False)

    def connect(self, host, router, network):
        ours, theirs = f"to{router}"[:15], f"to{host}"[:15]
        self.command("ip", "-n", self.names[host], "link", "add", ours, "type", "veth", "peer", "name", theirs, "netns", self.names[router])
        for place, link, last in ((host, ours, 2), (router, theirs, 1)):
            self.run(place, "ip", "addr", "add", f"10.{network}.0.{last}/24", "dev", link)
            self.run(place, "ip", "addr", "add", f"fd0{network}::{last}/64", "dev", link, "nodad")
            self.run(place, "ip", "link", "set", link, "up")
        self.run(host, "ip", "route", "add", "default", "via", f"10.{network}.0.1")
        self.run(host, "ip", "-6", "route", "add", "default", "via", f"fd0{network}::1")

    @staticmethod
    def command(*words, **options):
        result = subprocess.run(words, capture_output=True, check=False, **options)
        if result.returncode != 0:
            raise AssertionError(f"{words}: {result.stderr.decode()}")
        return result.stdout

    def prefix(self, host):
        return ("ip", "netns", "exec", self.names[host])

    def run(self, host, *words, **options):
        return self.command(*self.prefix(host), *words, **options)

    def shell(self, host, script):
        """A script as a user would paste it."""
        return self.run(host, "sh", "-ec", "PATH=$PATH:/usr/sbin:/sbin\n" + script)

    @contextlib.contextmanager
    def inside(self, host):
        """Sockets that this thread makes meanwhile are the host's."""
        outside = f"/proc/self/task/{threading.get_native_id()}/ns/net"
        handle = os.open(outside, os.O_RDONLY | os.O_CLOEXEC)
        enter(f"/var/run/netns/{self.names[host]}")
        try:
            yield
        finally:
            LIBC.setns(handle, CLONE_NEWNET)
            os.close(handle)

    def listener(self, port):
        """A socket on the server that listens on that port, for both protocols."""
        with self.inside("server"):
            return socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True)
