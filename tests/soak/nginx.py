"""nginx as an origin."""

import socket
import subprocess

from harness import wait_for


class Nginx:
    """An origin that can take very many connections, with and without TLS."""

    def __init__(self, case, pki):
        key, certificate = pki.issue()
        with socket.create_server(("127.0.0.1", 0)) as a, socket.create_server(("127.0.0.1", 0)) as b:
            self.plain, self.tls = a.getsockname()[1], b.getsockname()[1]
        with open(case.path("nginx.conf"), "w", encoding="ascii") as file:
            file.write(f"""
daemon off; master_process off; pid {case.path('nginx.pid')}; error_log {case.path('nginx.log')};
worker_rlimit_nofile 20000;
events {{ worker_connections 12000; }}
http {{
  access_log off; keepalive_requests 1000000; keepalive_timeout 600;
  client_body_temp_path {case.path('t')}; proxy_temp_path {case.path('t')}; fastcgi_temp_path {case.path('t')};
  uwsgi_temp_path {case.path('t')}; scgi_temp_path {case.path('t')};
  server {{
    listen 127.0.0.1:{self.plain} backlog=4096; listen 127.0.0.1:{self.tls} ssl backlog=4096;
    ssl_certificate {certificate}; ssl_certificate_key {key}; ssl_protocols TLSv1.3;
    location / {{ return 200 "ok"; }}
  }}
}}
""")
        self.process = subprocess.Popen(["nginx", "-c", case.path("nginx.conf")], stderr=subprocess.DEVNULL)
        case.addCleanup(self.end)
        wait_for(self.listens, "nginx to listen")

    def listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.tls)) == 0

    def end(self):
        self.process.terminate()
        self.process.wait()
