#!/bin/sh
# shellcheck disable=SC2154,SC2086 # matrix.py sets them; several words
ciphers=${RSA:+--tls-max 1.2 --ciphers ECDHE-RSA-AES128-GCM-SHA256}
exec curl -qsS $ciphers --proxy "http://$PROXY" --cacert "$CA" "$URL"
