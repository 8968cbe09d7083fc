#!/bin/sh
# The main job from end to end, on loopback only: an HTTPS server of our own, real requests through
# mitm-record, then mitm-dump and mitm-replay on what was recorded. Prints each command before it runs.
# Usage: demo.sh DIRECTORY-OF-THE-PROGRAMS
set -eu

bin=$(cd "$1" && pwd)
PATH=$bin:$PATH:/usr/sbin:/sbin
unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY no_proxy NO_PROXY
unset CURL_CA_BUNDLE SSL_CERT_FILE SSL_CERT_DIR
work=$(mktemp -d "${TMPDIR:-/tmp}/mitmkit-demo-XXXXXX")
cd "$work"
MITMKIT_HOME=$work/home
export MITMKIT_HOME
recorder=

leave() {
  status=$?
  trap - EXIT INT TERM
  [ -z "$recorder" ] || kill "$recorder" 2>/dev/null || true
  [ ! -f nginx.pid ] || kill "$(cat nginx.pid)" 2>/dev/null || true
  [ -z "$recorder" ] || wait "$recorder" 2>/dev/null || true
  cd /
  rm -rf "$work"
  exit "$status"
}
trap leave EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

bold='' plain=''
if [ -t 1 ]; then
  bold=$(printf '\033[1m') plain=$(printf '\033[0m')
fi
say() { printf '\n%s# %s%s\n' "$bold" "$*" "$plain"; }
show() { printf '$ %s\n' "$*"; }
# Shows a command as one would type it, then runs it.
run() {
  line=
  for word in "$@"; do
    case $word in *[!A-Za-z0-9_./:=@%+,-]*) word="'$word'" ;; esac
    line="$line $word"
  done
  show "${line# }"
  "$@"
}

# A certificate for the server, from an authority of its own that has nothing to do with ours.
make_certificate() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj "/CN=Demo Server CA" \
    -addext "keyUsage=critical,keyCertSign" -keyout server-ca.key -out server-ca.pem 2>/dev/null
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/CN=localhost" \
    -keyout server.key -out server.csr 2>/dev/null
  printf 'subjectAltName=DNS:localhost\nextendedKeyUsage=serverAuth\n' > server.ext
  openssl x509 -req -in server.csr -CA server-ca.pem -CAkey server-ca.key -CAcreateserial -days 2 \
    -extfile server.ext -out server.pem 2>/dev/null
}

start_server() {
  mkdir -p www tmp
  seq 1 5000 > www/numbers.txt
  head -c 5000000 /dev/urandom > www/big.bin
  # Workers of a server that root starts would not be allowed into this directory.
  user=
  [ "$(id -u)" -ne 0 ] || user='user root;'
  cat > nginx.conf <<CONF
$user
pid $work/nginx.pid;
error_log $work/nginx.log;
events {}
http {
  access_log off;
  client_body_temp_path tmp; proxy_temp_path tmp; fastcgi_temp_path tmp; uwsgi_temp_path tmp; scgi_temp_path tmp;
  types { text/plain txt; application/json json; }
  gzip on; gzip_types text/plain;
  server {
    listen 127.0.0.1:$1 ssl;
    ssl_certificate server.pem;
    ssl_certificate_key server.key;
    ssl_protocols TLSv1.2 TLSv1.3;
    root $work/www;
    location = / { default_type application/json; return 200 '{"service":"demo","healthy":true}\n'; }
    location = /old { return 302 /; }
    location = /items { return 201 "created\n"; }
  }
}
CONF
  nginx -p "$work" -c nginx.conf 2>nginx.start && return 0
  # Somebody else has the port: try another one.
  grep -q 'Address already in use' nginx.start && return 1
  cat nginx.start >&2
  exit 1
}

make_certificate
port=20443
until start_server "$port"; do
  port=$((port + 1))
  [ "$port" -lt 20543 ] || exit 1
done
origin=https://localhost:$port

say "1. A certificate authority, once"
run mitm-ca init

say "2. Record: a proxy on a free port, and curl through it"
show mitm-record -w demo.flowz --upstream-ca server-ca.pem -l 0 --ready-file ready '&'
mitm-record -w demo.flowz --upstream-ca server-ca.pem -l 0 --ready-file ready &
recorder=$!
while [ ! -f ready ]; do
  kill -0 "$recorder" || exit 1
  sleep 0.05
done
https_proxy=http://$(cut -d ' ' -f 2 ready)
export https_proxy
show export "https_proxy=$https_proxy"
run curl -sS --cacert home/ca.pem "$origin/"
run curl -sS --cacert home/ca.pem -L -o /dev/null "$origin/old"
run curl -sS --cacert home/ca.pem -d '{"name":"lamp"}' -H 'Content-Type: application/json' "$origin/items"
run curl -sS --cacert home/ca.pem --compressed -o numbers.txt "$origin/numbers.txt"
run curl -sS --cacert home/ca.pem -o big.bin "$origin/big.bin"
cmp numbers.txt www/numbers.txt
cmp big.bin www/big.bin
unset https_proxy
show kill -INT '%1'
kill -INT "$recorder"
wait "$recorder"
recorder=

say "3. Read it back"
run mitm-dump -r demo.flowz
run mitm-dump -r demo.flowz -vv --flow 4 --color never
show mitm-dump -r demo.flowz --body response --flow 6 '|' cmp - www/big.bin
mitm-dump -r demo.flowz --body response --flow 6 | cmp - www/big.bin && echo "the recorded body is the file, byte for byte"
show mitm-dump -r demo.flowz -o ndjson '|' head -n 1
mitm-dump -r demo.flowz -o ndjson | head -n 1

say "4. Send it again and compare"
run mitm-replay -r demo.flowz --to "$origin" --upstream-ca server-ca.pem

say "5. Or wrap a command, without any set-up"
show mitm-record --upstream-ca server-ca.pem -- curl -sS "$origin/"
mitm-record --upstream-ca server-ca.pem -- curl -sS "$origin/"

say "Done. Nothing was left running, and $work is gone."
