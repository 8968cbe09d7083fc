"""What the same traffic takes on disk in the formats of this field."""

import json
import os
import shutil
import signal
import subprocess
import time

from contenders import Mitmdump, MitmRecordWrite
from reading import content_size
from results import Scenario

PLAIN = Scenario("disk-plain", "octets on disk for each exchange of a mix, uncompressed", "B")
PACKED = Scenario("disk-packed", "the same, compressed by zstd -3 (.flowz: as it is)", "B")
PATHS = ("/1k?n={n}", "/page/{n}", "/data/{n}", "/image/{n}")


def _traffic(bench, route):
    """Over plain HTTP, because a capture of packets could not be compressed otherwise."""
    for path in PATHS:
        bench.generator.run(route, path=path, requests=bench.mixed, connections=4)


def _record(bench, contender):
    contender.start()
    try:
        _traffic(bench, contender.route("plain"))
    finally:
        contender.stop(keep=True)
    return contender.recording


def _capture(bench):
    """A capture of the packets between client and origin, without a proxy."""
    file, port = bench.path("mix.pcap"), bench.origin.plain
    capture = subprocess.Popen(["tcpdump", "-i", "lo", "-B", "65536", "-U", "-w", file, "-Z", "root", f"tcp port {port}"],
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        line = capture.stderr.readline()
        while line and "listening on" not in line:
            line = capture.stderr.readline()
        _traffic(bench, ["--address", f"127.0.0.1:{port}"])
        time.sleep(1)
    finally:
        capture.send_signal(signal.SIGINT)
        said = capture.communicate()[1]
    if capture.returncode != 0 or "\n0 packets dropped by kernel" not in "\n" + said:
        raise RuntimeError(f"tcpdump: {said}")
    return file


def har_entry(flow):
    """HAR 1.2, from a line of mitm-dump's NDJSON."""

    def message(part, more):
        headers = [{"name": name, "value": value} for name, value in part["headers"]]
        return {"httpVersion": part["version"], "cookies": [], "headers": headers, "headersSize": -1,
                "bodySize": int(part["body_size"]), **more}

    request, response, timings = flow["request"], flow["response"], flow["timings_ms"]
    body = response["body"] or {}
    content = {"size": int(response["body_size"]), "mimeType": dict(response["headers"]).get("Content-Type", ""),
               "text": body.get("text", body.get("base64", ""))}
    if "base64" in body:
        content["encoding"] = "base64"
    return {"startedDateTime": flow["time"], "time": flow["duration_ms"],
            "request": message(request, {"method": request["method"], "url": request["url"], "queryString": []}),
            "response": message(response, {"status": response["status"], "statusText": response["reason"], "redirectURL": "",
                                           "content": content}),
            "cache": {}, "timings": {name: timings.get(name) for name in ("send", "wait", "receive")}}


def _har(bench, recording):
    lines = subprocess.run([bench.program("mitm-dump"), "-r", recording, "-o", "ndjson", "--bodies"], check=True, capture_output=True)
    entries = [har_entry(json.loads(line)) for line in lines.stdout.splitlines()]
    file = bench.path("mix.har")
    with open(file, "w", encoding="utf-8") as out:
        json.dump({"log": {"version": "1.2", "creator": {"name": "bench", "version": "1"}, "entries": entries}}, out)
    return file


def _packed(file):
    return len(subprocess.run(["zstd", "-3", "-c", "-q", file], check=True, capture_output=True).stdout)


def run(bench, results):
    bench.say("bytes on disk")
    count = bench.mixed * len(PATHS)
    recording = _record(bench, bench.contender(MitmRecordWrite))
    results.add(PLAIN, ".flowz", content_size(recording) / count)
    results.add(PACKED, ".flowz", os.path.getsize(recording) / count)
    files = {"HAR": _har(bench, recording)}
    if shutil.which("mitmdump"):
        files["mitmdump"] = _record(bench, bench.contender(Mitmdump))
    if shutil.which("tcpdump") and os.geteuid() == 0:
        files["pcap"] = _capture(bench)
    else:
        bench.say("  skipped: pcap, which needs tcpdump and root")
    for name, file in files.items():
        results.add(PLAIN, name, os.path.getsize(file) / count)
        results.add(PACKED, name, _packed(file) / count)
