"""Real recordings, read by a reader that was made from formats/ alone and by mitm-dump: both must tell the same."""

import base64
import json
import os
import ssl
import subprocess
import unittest

import flowz
import flowz_flows
import flowz_summaries
from flowz_frames import DATA, FORMATS, frame_at
from harness import Case, Origin, Pki, answering, read_head, run, wait_for
from xxh64 import xxh64

TEXT = b"A line of text.\n" * 500


def answer(body, *fields):
    return b"\r\n".join((b"HTTP/1.1 200 OK", b"Content-Length: %d" % len(body), *fields, b"", body))


def octets_told(value):
    """A body as NDJSON has it."""
    return value["text"].encode() if "text" in value else base64.b64decode(value["base64"])


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)
    return path


def read(path):
    with open(path, "rb") as file:
        return file.read()


def frames(data):
    at = 0
    while at < len(data):
        frame = frame_at(data, at)
        yield frame
        at = frame.end


def what(record):
    """The name of what happened."""
    return next(name for name, value in record.items() if isinstance(value, dict))


class Recorded(Case):
    maxDiff = 4000

    def setUp(self):
        super().setUp()
        self.archive = self.path("a.flowz")
        self.pki = Pki(self)

    def record_traffic(self, *options, sizes=(1_200_000, 900_000)):
        """Two kept-alive TLS connections that take turns, so that flows and facts lie in different frames, and a plain one."""
        bodies = [[TEXT, os.urandom(size), b"", TEXT] for size in sizes]
        secure = [Origin(self, answering(*map(answer, each)), self.pki.context()) for each in bodies]
        plain = Origin(self, answering(answer(b"stale\r\n", b"X-Odd: caf\xc3\xa9")))
        recorder = self.record("-w", self.archive, "--upstream-ca", self.pki.ca, *options)
        self.assertEqual(self.curl(recorder, "--data-binary", "x" * 3000, f"http://127.0.0.1:{plain.port}/form?a=b").returncode, 0)
        clients = [self.tls_client(recorder, origin.port) for origin in secure]
        for number in range(len(bodies[0])):
            for client, origin, each in zip(clients, secure, bodies):
                self.fetch(client, origin.port, number, each[number])
        clients[0].close()
        # Its last flow does not end in the recording, and waits for what never comes.
        clients[1].sendall(b"GET /never HTTP/1.1\r\nHost: localhost:%d\r\n" % secure[1].port)
        self.assertEqual(recorder.stop(), 0, recorder.stderr())

    def tls_client(self, recorder, port):
        client = ssl.create_default_context(cafile=self.ca).wrap_socket(
            recorder.tunnel("localhost", port), server_hostname="localhost")
        self.addCleanup(client.close)
        return client

    def fetch(self, client, port, number, body):
        client.sendall(b"GET /%d HTTP/1.1\r\nHost: localhost:%d\r\n\r\n" % (number, port))
        read_head(client)
        left = len(body)
        while left:
            piece = client.recv(min(left, 65536))
            self.assertTrue(piece)
            left -= len(piece)

    def told_by_dump(self, path):
        """Flows as mitm-dump tells them, and what it says of the file."""
        result = self.run_program("mitm-dump", "-o", "ndjson", "--bodies", "-r", path)
        flows = [json.loads(line) for line in result.stdout.splitlines()]
        losses = [line.removeprefix(f"mitm-dump: warning: {path}: ") for line in result.stderr.decode().splitlines()]
        self.assertEqual(result.returncode, 3 if losses else 0, result.stderr)
        return flows, losses

    def check_flow(self, ours, theirs):
        for key in ("id", "connection", "run", "time", "mode", "client", "server", "tls", "complete", "passed", "anomalies"):
            self.assertEqual(ours[key], theirs[key], key)
        if ours["kind"]:
            self.assertEqual(ours["kind"], theirs["kind"])
            self.assertEqual(ours["bytes"], theirs["bytes"])
            self.assertEqual(ours["error"], theirs["error"])
        told = theirs.get("messages", [])
        self.assertEqual([piece | {"octets": None} for piece in ours["messages"]],
                         [{"from": piece["from"], "time": piece["time"], "octets": None} for piece in told])
        self.assertEqual([piece["octets"] for piece in ours["messages"]], [octets_told(piece) for piece in told])
        for side in ("request", "response"):
            if ours[side] is None:
                self.assertIsNone(theirs[side])
                continue
            for key in set(ours[side]) - {"body"}:
                self.assertEqual(ours[side][key], theirs[side][key], key)
            self.assertEqual(ours[side]["body"], octets_told(theirs[side]["body"]))

    def check_told_alike(self, path):
        """Returns the flows."""
        archive = flowz.Archive(path)
        flows = flowz_flows.flows_of(archive.records())
        told, losses = self.told_by_dump(path)
        self.assertEqual(archive.losses, losses)
        self.assertEqual([flow["id"] for flow in flows], [flow["id"] for flow in told])
        for ours, theirs in zip(flows, told):
            self.check_flow(ours, theirs)
        return flows


class Whole(Recorded):
    def test_flows_and_bodies_are_those_that_mitm_dump_tells(self):
        self.record_traffic()
        flows = self.check_told_alike(self.archive)
        self.assertEqual(flows[0]["request"]["body"], b"x" * 3000)
        self.assertEqual([flow["request"]["url"][-1] for flow in flows[1:9]], list("00112233"))
        self.assertEqual([len(flow["response"]["body"]) for flow in flows[1:5]], [len(TEXT), len(TEXT), 1_200_000, 900_000])
        self.assertGreater(len([frame for frame in frames(read(self.archive)) if frame.magic == DATA]), 2)
        # Joined with itself the run begins anew.
        twice = self.check_told_alike(write(self.path("twice"), 2 * read(self.archive)))
        self.assertEqual([flow["id"] for flow in twice], 2 * [flow["id"] for flow in flows])

    def test_rotated_files_can_be_joined(self):
        self.record_traffic("-C", "1")
        names = [self.archive]
        while os.path.exists(f"{self.archive}{len(names)}"):
            names.append(f"{self.archive}{len(names)}")
        self.assertGreater(len(names), 1)
        for path in names:
            self.check_told_alike(path)
        joined = write(self.path("joined"), b"".join(map(read, names)))
        flows = self.check_told_alike(joined)
        self.assertEqual([flow["request"]["url"][-1] for flow in flows[1:9]], list("00112233"))
        self.check_summaries(joined)

    def test_rows_and_distances_lead_to_what_the_records_say(self):
        self.record_traffic()
        rows = self.check_summaries(self.archive)
        self.assertTrue(any(row.get("factFrames") for row in rows))
        self.assertTrue(any(int(row["firstFrame"]) for row in rows))
        self.check_summaries(write(self.path("twice"), 2 * read(self.archive)))

    def check_summaries(self, path):
        """Returns the rows."""
        records = list(flowz.Archive(path).records())
        archive = flowz_summaries.open_from_end(read(path))
        self.check_indexes(archive, records)
        rows = []
        for place, row in archive.rows():
            rows.append(row)
            self.assertIn((place, row), archive.find(int(row["flow"])))
            self.check_row(place[0], row, list(archive.records_of(place, row)), records)
        self.assertEqual(archive.find(10**6), [])
        return rows

    def check_indexes(self, archive, records):
        for part, index in archive.indexes:
            inside = [record for record in records if record["frame"] == index.data_frame and "certificateChain" not in record]
            times = [int(record["time"]) for record in inside]
            flows = [int(row["flow"]) for row in index.content.get("rows", [])]
            self.assertEqual(index.content["records"], len(inside))
            for told in (index.content, index.listed):
                self.assertEqual([int(told["firstTime"]), int(told["lastTime"])], [min(times), max(times)])
            self.assertEqual(index.listed["rows"], len(flows))
            self.assertEqual(int(index.listed["lowestFlow"]), min(flows, default=0))
            self.assertEqual(int(index.listed["highestFlow"]), max(flows, default=0))
            self.assertEqual(dict(part.frames)[index.data_frame], int(index.content["contentSize"]))
            ended = [int(record["flow"]) for record in inside if "flowEnd" in record]
            self.assertEqual(flows[: len(ended)], ended)

    def check_row(self, part, row, found, records):
        """The row's frames hold all records of the flow in that file, and the facts."""
        own = [record for record in records
               if record["flow"] == row["flow"] and part.begin <= record["frame"] < part.table]
        self.assertEqual([(record["time"], what(record)) for record in found if record["flow"] == row["flow"]],
                         [(record["time"], what(record)) for record in own])
        self.assertEqual(int(row["start"]), int(own[0]["time"]))
        self.assertEqual(row["unfinished"], "flowEnd" not in map(what, own))
        present = {what(record) for record in found}
        self.assertEqual(row["hasClient"], "connectionOpened" in present)
        self.assertEqual(row["hasHello"], "clientHello" in present)
        self.assertEqual(row["hasServer"], "serverConnected" in present)
        self.assertEqual(row["hasRequest"], "requestHead" in present)
        self.assertEqual(row["hasResponse"], "responseHead" in present)
        chains = {flowz.octets(record["certificateChain"]["id"]) for record in found if "certificateChain" in record}
        sides = [record["tlsEstablished"] for record in found if "tlsEstablished" in record]
        self.assertEqual(len(sides), 2 * row["hasHello"])
        self.assertLessEqual({flowz.octets(side["chain"]) for side in sides}, chains)
        self.check_row_against_its_records(row, own)

    def check_row_against_its_records(self, row, own):
        recorded = {"client": 0, "server": 0}
        whole = row["kind"] != "http" or row["hasRequest"]
        for record in own:
            if head := record.get("requestHead"):
                for name in ("method", "scheme", "authority", "target"):
                    self.assertEqual(row[name], head[name])
            elif chunk := record.get("bodyChunk"):
                recorded[chunk["sender"]] += len(flowz.octets(chunk["data"]))
            elif end := record.get("messageEnd"):
                self.assertEqual(row["sent" if end["sender"] == "client" else "received"]["body"], end["bodySize"])
                whole = whole and recorded[end["sender"]] == int(end["recordedSize"])
            elif end := record.get("flowEnd"):
                for name in ("kind", "passed", "bytesFromClient", "bytesToClient"):
                    self.assertEqual(row[name], end[name])
                self.assertEqual(row["complete"], end["complete"] and whole)
                self.assertEqual(row["end"], record["time"])
        self.assertEqual([int(row["sent"]["recorded"]), int(row["received"]["recorded"])], [recorded["client"], recorded["server"]])


class Cut(Recorded):
    def test_a_cut_file_tells_the_same_up_to_the_cut(self):
        self.record_traffic(sizes=(700_000, 400_000))
        data = read(self.archive)
        every = list(frames(data))
        inside = [frame.begin + frame.size * part // 7 for frame in every if frame.magic == DATA for part in (2, 6)]
        for at in sorted({frame.end - back for frame in every for back in (0, 1)} | set(inside)):
            with self.subTest(at=at):
                self.check_told_alike(write(self.path("cut"), data[:at]))


class Damaged(Recorded):
    def test_damage_costs_what_checkpoints_do_not_vouch_for(self):
        self.record_traffic(sizes=(700_000, 400_000))
        data = read(self.archive)
        first, second = [frame for frame in frames(data) if frame.magic == DATA][:2]
        index = next(frame for frame in frames(data) if frame.begin == first.end)
        places = {"content": first.begin + first.size // 2, "a block's header": first.blocks[2][0] + 1,
                  "a checksum": first.end - 1, "a magic number": second.begin, "an index": index.end - 1}
        for name, at in places.items():
            with self.subTest(name):
                damaged = bytearray(data)
                damaged[at] ^= 0xFF
                self.check_told_alike(write(self.path("damaged"), damaged))
                self.check_told_alike(write(self.path("damaged"), damaged[: second.begin + second.size // 2]))
        self.check_told_alike(write(self.path("hole"), data[: first.size // 2] + data[second.begin :]))
        self.check_told_alike(write(self.path("more"), data + b"more of something else"))


class Ended(Recorded):
    def test_a_killed_recording_is_read_to_its_last_flush(self):
        origin = Origin(self, answering(answer(TEXT)))
        recorder = self.record("-w", self.archive)
        self.assertEqual(self.curl(recorder, f"http://127.0.0.1:{origin.port}/").stdout, TEXT)
        def told():
            return self.run_program("mitm-dump", "-o", "ndjson", "-r", self.archive).stdout

        wait_for(lambda: b'"complete":true' in told(), "the flow to be flushed")
        recorder.kill()
        (flow,) = self.check_told_alike(self.archive)
        self.assertTrue(flow["complete"])

    def test_what_is_no_archive(self):
        self.record_traffic(sizes=(700_000, 400_000))
        foreign = {"empty": b"", "foreign": b"GIF89a" * 9, "other zstd": subprocess.run(
            ["zstd", "-cq"], input=TEXT, capture_output=True, check=True).stdout, "cut": read(self.archive)[:20]}
        for name, data in foreign.items():
            with self.subTest(name):
                path = write(self.path("foreign"), data)
                self.assertEqual(self.run_program("mitm-dump", "-r", path).returncode, 1)
                with self.assertRaises(flowz.NotAnArchive):
                    list(flowz.Archive(path).records())


class Later(Case):
    def test_records_of_a_later_version_are_left_out(self):
        header, unknown, end = (self.message(text) for text in (
            '(header = (format = 1, runId = 7))', '(connection = 1, anomaly = (name = "new"))', "(archiveEnd = ())"))
        # Of the union, behind the stream's framing, the root pointer, three words and `source`.
        at = 8 + 8 + 24 + 2
        content = header + unknown[:at] + (999).to_bytes(2, "little") + unknown[at + 2 :] + end
        path = write(self.path("later"), run("zstd", "-cq", input=content).stdout)
        archive = flowz.Archive(path)
        self.assertEqual([what(record) for record in archive.records()], ["header", "archiveEnd"])
        self.assertEqual((archive.unknown, archive.losses), (1, []))
        result = self.run_program("mitm-dump", "-r", path)
        self.assertEqual(result.returncode, 0)
        self.assertIn(b"1 records of unknown kinds left out", result.stderr)

    def message(self, text):
        schema = os.path.join(FORMATS, "flow.capnp")
        return run("capnp", "convert", "text:binary", schema, "Record", input=text.encode()).stdout


class Checksum(unittest.TestCase):
    def test_it_is_xxh64(self):
        known = {b"": 0xEF46DB3751D8E999, b"abc": 0x44BC2CF5AD770999}
        for data, value in known.items():
            self.assertEqual(xxh64(data), value)


if __name__ == "__main__":
    unittest.main()
