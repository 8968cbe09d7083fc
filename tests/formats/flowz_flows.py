"""Flows of records, as keys and values of NDJSON (formats/README.md). Bodies are octets, as they were on the wire."""

from datetime import datetime, timezone
from urllib.parse import urlsplit

from flowz import octets

KINDS = {"webSocket": "websocket"}
DEFAULT_PORTS = {"http": 80, "https": 443}
DAMAGED = "recording-damaged"


def text(value):
    return octets(value).decode()


def time_text(nanoseconds):
    seconds, rest = divmod(int(nanoseconds), 10**9)
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S") + f".{rest:09}Z"


def fields(raw):
    """Name and value of each field line of an HTTP/1 head."""
    lines = octets(raw).split(b"\r\n")[1:-2]
    return [[part.strip().decode() for part in line.split(b":", 1)] for line in lines]


def url(head):
    target = text(head["target"])
    if "://" in target.partition("/")[0] + "//":
        return target
    return f"{text(head['scheme'])}://{text(head['authority'])}{'' if target == '*' else target}"


def wanted(head):
    """Where a request was to go, for when it is not known where it went."""
    parts = urlsplit("//" + text(head["authority"]))
    if parts.hostname is None:
        return None
    return {"host": parts.hostname, "address": None, "port": parts.port or DEFAULT_PORTS.get(text(head["scheme"]))}


def message(head):
    """A request or response in its beginning."""
    told = {"version": head["version"], "headers": fields(head["raw"]), "body_size": "0", "body": b""}
    if "method" in head:
        return told | {"method": text(head["method"]), "url": url(head)}
    return told | {"status": head["status"], "reason": text(head.get("reason"))}


def certificate(chain):
    """The first of a chain, which may be unknown."""
    if not chain:
        return None
    first = chain[0]
    names = [text(name) for name in first.get("dnsNames", [])] + first.get("ipNames", [])
    return {"subject": first["subject"], "issuer": first["issuer"], "serial": first["serial"], "not_before": time_text(first["notBefore"]),
            "not_after": time_text(first["notAfter"]), "names": names, "sha256": first["sha256"]}


def tls_side(facts, chains):
    told = {"version": facts["version"], "cipher": facts["cipher"], "sni": text(facts.get("sni")) or None,
            "alpn": text(facts.get("alpn")) or None, "resumed": facts["resumed"]}
    def chain(field):
        return chains.get(octets(facts[field])) if field in facts else None

    told["client_certificate"] = certificate(chain("clientChain"))
    if facts["side"] == "server":
        told |= {"verify": facts["verify"], "ocsp": facts.get("revocation") or None, "certificate": certificate(chain("chain"))}
    return told


class Connection:
    def __init__(self):
        self.mode = self.client = self.server = self.named = self.hello = self.sni = None
        self.tls = {}

    def take(self, record, chains):
        if opened := record.get("connectionOpened"):
            self.mode, self.client = opened["mode"], opened["client"]
        elif reached := record.get("serverConnected"):
            self.server = {"host": text(reached["host"])} | reached["server"]
        elif hello := record.get("clientHello"):
            self.named = {"host": text(hello["sni"]), "address": None, "port": None} if "sni" in hello else None
            self.hello = {"ja3": hello.get("ja3") or None, "ja4": hello.get("ja4") or None, "ech": hello["offersEch"] if hello.get("ja4") else None}
            self.sni = text(hello.get("sni")) or None
        elif facts := record.get("tlsEstablished"):
            self.tls[facts["side"]] = tls_side(facts, chains)

    def told_tls(self):
        client, server = self.tls.get("client"), self.tls.get("server")
        if self.hello:
            client = (client or dict.fromkeys(("version", "cipher", "alpn", "resumed", "client_certificate")) | {"sni": self.sni}) | self.hello
        elif client:
            client = client | dict.fromkeys(("ja3", "ja4", "ech"))
        return {"client": client, "server": server} if client or server else None


def begin(record, connection):
    return {"id": record["flow"], "connection": record["connection"], "run": f"{record['run']:016x}", "kind": None,
            "time": time_text(record["time"]), "mode": connection.mode, "client": connection.client, "request": None,
            "response": None, "complete": False, "passed": False, "error": None, "anomalies": [], "messages": [], "wanted": None, "recorded": {"client": 0, "server": 0}}


def take(flow, record):
    """What the record adds to the flow."""
    if head := record.get("requestHead"):
        flow["request"] = message(head)
        flow["wanted"] = wanted(head)
    elif head := record.get("responseHead"):
        if head["status"] == 101 or head["status"] >= 200:
            flow["response"] = message(head)
    elif chunk := record.get("bodyChunk"):
        side = flow["request" if chunk["sender"] == "client" else "response"]
        flow["recorded"][chunk["sender"]] += len(octets(chunk["data"]))
        if side is not None:  # else its head is in an earlier file, or lost
            side["body"] += octets(chunk["data"])
            side["body_size"] = str(len(side["body"]))
    elif end := record.get("messageEnd"):
        side = flow["request" if end["sender"] == "client" else "response"]
        if flow["recorded"][end["sender"]] < int(end["recordedSize"]):
            flow["anomalies"].append(DAMAGED)
        if side is not None:
            side["body_size"] = end["bodySize"]
    elif raw := record.get("rawBytes"):
        flow["messages"].append({"from": raw["sender"], "time": time_text(record["time"]), "octets": octets(raw["data"])})
    elif "captureGap" in record:
        flow["anomalies"].append(DAMAGED)
    elif odd := record.get("anomaly"):
        flow["anomalies"].append(odd["name"])
    elif end := record.get("flowEnd"):
        if end["kind"] == "http" and flow["request"] is None:
            flow["anomalies"].append(DAMAGED)
        whole = end["complete"] and DAMAGED not in flow["anomalies"]
        flow.update(kind=KINDS.get(end["kind"], end["kind"]), complete=whole, passed=end["passed"],
                    error=end.get("error"), bytes={"sent": end["bytesFromClient"], "received": end["bytesToClient"]})


def flows_of(records):
    """The flows in the order in which they or their connections ended, then the others in the order in which they began."""
    connections, begun, ended, chains = {}, {}, [], {}
    for record in records:
        if chain := record.get("certificateChain"):
            chains[octets(chain["id"])] = chain["certificates"]
            continue
        connection = connections.setdefault((record["source"], record["connection"]), Connection())
        connection.take(record, chains)
        if "connectionClosed" in record:
            of_connection = [key for key, flow in begun.items()
                             if key[0] == record["source"] and flow["connection"] == record["connection"]]
            ended += [key for key in of_connection if key not in ended]
        key = (record["source"], record["flow"])
        if record["flow"] == "0" or key in ended:
            continue
        if key not in begun:
            begun[key] = begin(record, connection)
        flow = begun[key]
        take(flow, record)
        flow["server"] = connection.server or flow["wanted"] or connection.named
        flow["tls"] = connection.told_tls()
        if "flowEnd" in record:
            ended.append(key)
    return [begun[key] for key in ended + [key for key in begun if key not in ended]]
