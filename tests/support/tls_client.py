"""A TLS client whose bytes a test cuts, delays and keeps back as it likes."""

import ssl


class TlsClient:
    """TLS over a connected socket, with the records in the test's hands."""

    def __init__(self, connection, ca, name="localhost", alpn=None, context=None):
        """`context`: one that exists already, in place of what `ca` and `alpn` say."""
        self.connection = connection
        context = context or ssl.create_default_context(cafile=ca)
        if alpn:
            context.set_alpn_protocols(alpn)
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        # Otherwise Python takes a connection that was cut for one that was closed.
        context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname=name)
        self.truncated = False  # the connection ended without close_notify

    def client_hello(self):
        """The ClientHello's records; the handshake has begun then."""
        try:
            self.tls.do_handshake()
        except ssl.SSLWantReadError:
            pass
        return self.outgoing.read()

    def finish_handshake(self):
        self.until_done(self.tls.do_handshake)

    def send(self, data):
        self.tls.write(data)
        self.connection.sendall(self.outgoing.read())

    def receive(self, size=65536):
        """What came; b"" at the end of the connection, clean or not. A reset is raised."""
        return self.until_done(lambda: self.tls.read(size))

    def until_done(self, step):
        while True:
            try:
                result = step()
                self.connection.sendall(self.outgoing.read())
                return result
            except ssl.SSLWantReadError:
                self.connection.sendall(self.outgoing.read())
                data = self.connection.recv(65536)
                self.incoming.write(data) if data else self.incoming.write_eof()
            except ssl.SSLZeroReturnError:
                return b""
            except ssl.SSLError as error:
                if "EOF" not in str(error):
                    raise
                self.truncated = True
                return b""


def in_records(handshake_records, size):
    """The same handshake messages in records of `size` octets (RFC 8446, section 5.1)."""
    message, version = b"", handshake_records[1:3]
    while handshake_records:
        length = int.from_bytes(handshake_records[3:5], "big")
        message += handshake_records[5:5 + length]
        handshake_records = handshake_records[5 + length:]
    pieces = [message[at:at + size] for at in range(0, len(message), size)]
    return [b"\x16" + version + len(piece).to_bytes(2, "big") + piece for piece in pieces]
