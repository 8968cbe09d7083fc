"""Requests that parsers disagree about, against a strict parser (h11).

The payloads are http-garden's (https://github.com/narfindustries/http-garden), each of which some server has got wrong.
"""

import json
import os
import re
import socket
import threading
import unittest
from concurrent.futures import ThreadPoolExecutor

import h11

from harness import Case, Origin, read_all, run

DATA = os.path.join(os.environ.get("MITM_SHARED_DATA", ""), "http1", "http-garden.json")
FORMATS = os.path.join(os.path.dirname(__file__), "..", "..", "formats")

# What h11 accepts and other parsers read differently: a line end without CR, a CR without LF, a folded field, an octal
# Content-Length, two lengths, a port that is none.
LENIENT = re.compile(rb"(?<!\r)\n|\r(?!\n)|\n[\t ]|(?i:content-length: 0\d)|(?is:content-length:.*transfer-encoding:)|\d! ")


def payloads():
    with open(DATA, encoding="utf-8") as file:
        return [entry["payload"].encode("latin-1") for entry in json.load(file)]


def for_a_proxy(payload, authority, every):
    """The payload with its targets in absolute-form and a Host where it has none; `every`: of each request in it."""
    def absolute(match):
        rest = match.group(3)
        head_end = rest.find(b"\r\n\r\n")
        host = b"" if re.search(rb"^host:", rest[:head_end], re.I | re.M) else b"\r\nHost: " + authority
        version, separator, fields = rest.partition(b"\r\n")
        if not separator:
            return match.group(1) + b"http://" + authority + match.group(2) + rest
        return match.group(1) + b"http://" + authority + match.group(2) + version + host + separator + fields

    pieces = re.split(rb"(?=^[A-Z]+ /)", payload, flags=re.M) if every else [payload]
    return b"".join(re.sub(rb"\A(\S+ )(/\S*|\S*)(.*)\Z", absolute, piece, count=1, flags=re.S) for piece in pieces)


class StrictOrigin(Origin):
    """Reads with h11, answers each whole request with its number, and notes what is not as it should be."""

    def __init__(self, case):
        super().__init__(case, self.read_requests)
        self.lock = threading.Lock()
        self.whole = []
        self.faults = []

    def read_requests(self, connection):
        reader = h11.Connection(h11.SERVER)
        try:
            while not isinstance(event := reader.next_event(), (h11.ConnectionClosed, type(h11.PAUSED))):
                if event is h11.NEED_DATA:
                    reader.receive_data(connection.recv(65536))
                elif isinstance(event, h11.Request):
                    request = event
                elif isinstance(event, h11.EndOfMessage):
                    with self.lock:
                        self.whole.append(request)
                        number = len(self.whole)
                    answer = reader.send(h11.Response(status_code=200, headers=[("Content-Length", "0"), ("Number", str(number))]))
                    connection.sendall(answer + reader.send(h11.EndOfMessage()))
                    if reader.our_state is not h11.DONE or reader.their_state is not h11.DONE:
                        return
                    reader.start_next_cycle()
        except h11.RemoteProtocolError as error:
            # A request that we broke off was never whole; anything else must not have come.
            if "closed connection without" not in str(error):
                self.faults.append(str(error))


def valid_requests(sent):
    """How many whole requests there are in what h11 accepts to the last byte; None where it does not."""
    reader = h11.Connection(h11.SERVER)
    reader.receive_data(sent)
    count = 0
    try:
        while (event := reader.next_event()) is not h11.NEED_DATA:
            if isinstance(event, h11.EndOfMessage):
                count += 1
                reader.send(h11.Response(status_code=200, headers=[("Content-Length", "0")]))
                reader.send(h11.EndOfMessage())
                if reader.their_state is not h11.DONE:
                    return count if not reader.trailing_data[0] else None
                reader.start_next_cycle()
    except h11.RemoteProtocolError:
        return None
    return count


def answers_to(address, payload):
    """Everything that comes back until the other side is done or silent."""
    with socket.create_connection(address, timeout=20) as client:
        client.sendall(payload)
        client.settimeout(1)
        received = b""
        try:
            while True:
                try:
                    piece = client.recv(65536)
                except TimeoutError:
                    client.settimeout(20)
                    client.shutdown(socket.SHUT_WR)
                    continue
                if not piece:
                    break
                received += piece
        except ConnectionResetError:
            pass
        return received


@unittest.skipUnless(os.path.exists(DATA), "the payloads are not there")
class Routed(Case):
    def exchange(self, recorder, payload, every):
        origin = StrictOrigin(self)
        sent = for_a_proxy(payload, b"127.0.0.1:%d" % origin.port, every)
        received = answers_to(recorder.address, sent)
        origin.close()
        return sent, received, origin

    def test_only_what_is_read_in_one_way_reaches_a_server(self):
        recorder = self.record("-q", "-w", self.path("a.flowz"))
        tries = [(payload, every) for payload in payloads() for every in (False, True)]
        with ThreadPoolExecutor(24) as pool:
            results = list(pool.map(lambda each: self.exchange(recorder, *each), tries))
        passed = 0
        for sent, received, origin in results:
            with self.subTest(sent=sent):
                self.assertEqual(origin.faults, [])
                numbers = [int(number) for number in re.findall(rb"\r\nNumber: (\d+)\r\n", received, re.I)]
                self.assertEqual(numbers, list(range(1, len(origin.whole) + 1)), received)
                self.assertTrue(origin.whole or re.match(rb"HTTP/1.1 (400|502) |\Z", received), received)
                valid = valid_requests(sent)
                if valid is not None and not LENIENT.search(sent):
                    self.assertEqual(len(origin.whole), valid, received)
                    passed += valid
        self.assertGreater(passed, 10)
        self.assertEqual(recorder.stop(), 0)


class Flow:
    """What an archive holds of a flow's request, put together from its records."""

    def __init__(self):
        self.head = self.body = self.trailers = self.bytes = b""
        self.chunked = self.complete = False
        self.anomalies = set()

    def take_from(self, stream):
        """The stream without this flow's bytes, which must be what it begins with."""
        if self.bytes and (not self.head or self.bytes.lstrip(b"\r\n").startswith(self.head[:16])):
            return without(stream, self.bytes)
        stream = without(stream.lstrip(b"\r\n"), self.head)
        if not self.chunked:
            return without(without(stream, self.body), self.bytes)
        body = b""
        while len(body) < len(self.body):
            line, _, rest = stream.partition(b"\r\n")
            size = int(line.split(b";")[0], 16)
            body, stream = body + rest[:size], rest[size + 2:]
        if body != self.body:
            raise AssertionError(f"{body!r} was sent, {self.body!r} recorded")
        if not self.bytes or self.complete:
            stream = without(stream, b"0\r\n" + self.trailers + b"\r\n") if stream else stream
        return without(stream, self.bytes)


def without(stream, beginning):
    if not stream.startswith(beginning):
        raise AssertionError(f"{stream!r} does not begin with {beginning!r}")
    return stream[len(beginning):]


def recorded_requests(archive):
    """The flows of each connection, by the address of its server, as stock tools read the archive."""
    records = run("sh", "-c", f"zstd -dcq {archive} | capnp convert binary:json {FORMATS}/flow.capnp Record").stdout
    servers, flows = {}, {}
    for record in map(json.loads, filter(None, re.split(rb"\n(?=\{)", records.replace(b"}{", b"}\n{")))):
        connection, number = record["connection"], record["flow"]
        if "serverConnected" in record:
            servers[connection] = record["serverConnected"]["server"]["port"]
        if number == "0":
            continue
        flow = flows.setdefault(connection, {}).setdefault(int(number), Flow())
        for kind in ("requestHead", "bodyChunk", "trailers", "messageEnd", "rawBytes", "anomaly"):
            if kind in record:
                flow_add(flow, kind, record[kind])
    return {servers[connection]: [found[number] for number in sorted(found)] for connection, found in flows.items()}


def flow_add(flow, kind, event):
    if kind == "anomaly":
        flow.anomalies.add(event["name"])
    elif kind == "requestHead":
        flow.head = bytes(event["raw"])
        flow.chunked = re.search(rb"^transfer-encoding:", flow.head, re.I | re.M) is not None
    elif event["sender"] == "client" and kind == "messageEnd":
        flow.complete = event["complete"]
    elif event["sender"] == "client":
        text = bytes(event["raw" if kind == "trailers" else "data"])
        name = {"bodyChunk": "body", "trailers": "trailers", "rawBytes": "bytes"}[kind]
        setattr(flow, name, getattr(flow, name) + text)


@unittest.skipUnless(os.path.exists(DATA), "the payloads are not there")
class Tunnelled(Case):
    def send(self, recorder, payload):
        origin = Origin(self, lambda connection: read_all(connection))
        with recorder.tunnel("127.0.0.1", origin.port) as client:
            client.sendall(payload)
            client.shutdown(socket.SHUT_WR)
            read_all(client)
        origin.close()
        self.assertEqual(b"".join(origin.received), payload)
        return origin.port

    def test_everything_is_relayed_as_it_is_and_recorded_with_its_oddities(self):
        archive = self.path("a.flowz")
        recorder = self.record("-q", "-w", archive)
        with ThreadPoolExecutor(24) as pool:
            ports = dict(zip(pool.map(lambda payload: self.send(recorder, payload), payloads()), payloads()))
        self.assertEqual(recorder.stop(), 0)
        recorded = recorded_requests(archive)
        with open(os.path.join(FORMATS, "README.md"), encoding="utf-8") as file:
            documented = set(re.findall(r"`([a-z0-9.-]+)`", file.read()))
        for port, payload in ports.items():
            with self.subTest(sent=payload):
                rest = payload
                for flow in recorded[port]:
                    rest = flow.take_from(rest)
                self.assertEqual(rest.strip(b"\r\n"), b"")
                anomalies = set().union(*(flow.anomalies for flow in recorded[port]))
                self.assertLessEqual(anomalies, documented)
                if valid_requests(payload) is None or LENIENT.search(payload):
                    self.assertTrue(anomalies or any(not flow.head for flow in recorded[port]))


if __name__ == "__main__":
    unittest.main()
