"""A server on loopback for the tests of mitm-ca, which knows whether it was asked for something or refused."""

import socket
import ssl
import threading

PAGE = b"<html><body>served under our CA</body></html>"


class Server:
    def __init__(self, chain, key):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(chain, key)
        self.asked = threading.Event()
        self.refused = threading.Event()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.thread.join()
        self.listener.close()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        connection.settimeout(20)
        try:
            with self.context.wrap_socket(connection, server_side=True) as tls:
                if tls.recv(4096):
                    self.asked.set()
                    tls.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n"
                                b"Content-Length: %d\r\n\r\n" % len(PAGE) + PAGE)
        except OSError as error:
            # A browser opens several connections, and closes some of them for reasons of its own.
            if isinstance(error, ssl.SSLError) and "ALERT" in str(error.reason):
                self.refused.set()
            connection.close()
