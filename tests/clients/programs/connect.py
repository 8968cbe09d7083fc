"""connect.py PROXY TARGET FILE: accepts one connection, on the port that it writes to FILE, and takes it through the proxy."""

import os
import socket
import sys
import threading


def copy(source, sink):
    while data := source.recv(65536):
        sink.sendall(data)
    sink.shutdown(socket.SHUT_WR)


proxy, target, port_file = sys.argv[1:]
listener = socket.create_server(("127.0.0.1", 0))
with open(port_file + ".new", "w", encoding="ascii") as file:
    file.write(str(listener.getsockname()[1]))
os.rename(port_file + ".new", port_file)
client, _ = listener.accept()
host, _, port = proxy.rpartition(":")
server = socket.create_connection((host, int(port)))
server.sendall(f"CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n\r\n".encode())
answer = b""
while not answer.endswith(b"\r\n\r\n"):
    answer += server.recv(1)
if b" 200 " not in answer.split(b"\r\n", 1)[0]:
    sys.exit(answer.decode())
threading.Thread(target=copy, args=(client, server), daemon=True).start()
copy(server, client)
