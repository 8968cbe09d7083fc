#!/bin/sh
# shellcheck disable=SC2154 # clients.py and mitm-record set them
host=${ORIGIN_https#https://}
printf 'GET /body HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' "$host" |
  openssl s_client -quiet -connect "$host" -proxy "${https_proxy#http://}" -servername "${host%:*}" -verify_return_error >"$WORK/answer"
printf 'https.get %s\n' "$(tail -c 100000 "$WORK/answer" | sha256sum | cut -d' ' -f1)"
