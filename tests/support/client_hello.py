"""Makes ClientHellos, reads them and takes their fingerprints, by its own means: what the programs say is compared with it."""

import hashlib

SERVER_NAME, GROUPS, POINT_FORMATS, SIGNATURE_ALGORITHMS, ALPN, SUPPORTED_VERSIONS = 0, 10, 11, 13, 16, 43
VERSIONS = {0x0304: "13", 0x0303: "12", 0x0302: "11", 0x0301: "10", 0x0300: "s3", 0x0002: "s2"}


class Reader:
    def __init__(self, data):
        self.data = data

    def take(self, size):
        taken, self.data = self.data[:size], self.data[size:]
        if len(taken) < size:
            raise ValueError("cut short")
        return taken

    def number(self, size):
        return int.from_bytes(self.take(size), "big")

    def vector(self, size):
        return Reader(self.take(self.number(size)))


def values(data, size=2):
    """Without GREASE."""
    numbers = [int.from_bytes(data[at:at + size], "big") for at in range(0, len(data), size)]
    return [number for number in numbers if size == 1 or number & 0x0f0f != 0x0a0a or number >> 8 != number & 0xff]


class ClientHello:
    """The one that the TLS records of `data` hold."""

    def __init__(self, data):
        records, message = Reader(data), b""
        while records.data:
            records.take(3)
            message += records.vector(2).data
        hello = Reader(message)
        assert hello.number(1) == 1
        hello = hello.vector(3)
        self.version = hello.number(2)
        hello.take(32)
        hello.vector(1)
        self.ciphers = values(hello.vector(2).data)
        hello.vector(1)
        self.bodies = {}
        extensions = hello.vector(2) if hello.data else hello
        while extensions.data:
            kind = extensions.number(2)
            self.bodies[kind] = extensions.vector(2)
        self.extensions = [kind for kind in self.bodies if values(kind.to_bytes(2, "big"))]

    def listed(self, kind, prefix, size=2):
        return values(Reader(self.bodies[kind].data).vector(prefix).data, size) if kind in self.bodies else []

    def ja3(self):
        lists = [self.ciphers, self.extensions, self.listed(GROUPS, 2), self.listed(POINT_FORMATS, 1, 1)]
        text = ",".join([str(self.version)] + ["-".join(map(str, numbers)) for numbers in lists])
        return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()

    def ja4(self):
        version = max(self.listed(SUPPORTED_VERSIONS, 1), default=0) if SUPPORTED_VERSIONS in self.bodies else self.version
        others = [kind for kind in sorted(self.extensions) if kind not in (SERVER_NAME, ALPN)]
        signatures = self.listed(SIGNATURE_ALGORITHMS, 2)
        head = (f"t{VERSIONS.get(version, '00')}{'d' if SERVER_NAME in self.bodies else 'i'}"
                f"{min(len(self.ciphers), 99):02}{min(len(self.extensions), 99):02}{self.alpn_mark()}")
        return f"{head}_{beginning(hexed(sorted(self.ciphers)))}_{beginning('_'.join(filter(None, [hexed(others), hexed(signatures)])))}"

    def alpn_mark(self):
        name = Reader(self.bodies[ALPN].data).vector(2).vector(1).data if ALPN in self.bodies else b""
        if not name:
            return "00"
        ends = name[:1] + name[-1:]
        return ends.decode() if ends.isalnum() else name.hex()[0] + name.hex()[-1]


def hexed(numbers):
    return ",".join(f"{number:04x}" for number in numbers)


def beginning(text):
    return hashlib.sha256(text.encode()).hexdigest()[:12] if text else "0" * 12


def sized(content, octets=2):
    return len(content).to_bytes(octets, "big") + content


def extension(kind, body=b""):
    return kind.to_bytes(2, "big") + sized(body)


def server_name(*names):
    return extension(SERVER_NAME, sized(b"".join(b"\0" + sized(name) for name in names)))


def handshake(*extensions, ciphers=(0x1301, 0xc02b, 0xc02f), version=0x0303):
    """The message. What comes of it depends on the extensions: it has no key share."""
    body = (version.to_bytes(2, "big") + b"r" * 32 + sized(b"", 1) + sized(b"".join(cipher.to_bytes(2, "big") for cipher in ciphers))
            + sized(b"\0", 1) + sized(b"".join(extensions)))
    return b"\x01" + sized(body, 3)


def record(content, kind=22, version=0x0301):
    return bytes([kind]) + version.to_bytes(2, "big") + sized(content)
