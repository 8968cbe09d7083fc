"""Shakes hands in memory as a server with CHAIN and KEY and a strict client that trusts CA.

usage: strict_handshake.py CA CHAIN KEY HOST...

Exits with 0 when the client accepts the certificate for every HOST, and for no other name.
"""

import ssl
import sys


def accepts(ca, chain, key, host):
    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_context.load_cert_chain(chain, key)
    client_context = ssl.create_default_context(cafile=ca)
    client_context.verify_flags |= ssl.VERIFY_X509_STRICT
    to_client, to_server = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = server_context.wrap_bio(to_server, to_client, server_side=True)
    client = client_context.wrap_bio(to_client, to_server, server_hostname=host)
    done = set()
    while len(done) < 2:
        for end in (client, server):
            try:
                end.do_handshake()
                done.add(end)
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLCertVerificationError as error:
                print(f"{host}: {error.verify_message}")
                return False
    return True


def main():
    ca, chain, key, *hosts = sys.argv[1:]
    good = all([accepts(ca, chain, key, host) for host in hosts])
    return 0 if good and not accepts(ca, chain, key, "other.invalid") else 1


sys.exit(main())
