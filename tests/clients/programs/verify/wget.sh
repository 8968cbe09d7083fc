#!/bin/sh
# shellcheck disable=SC2154 # matrix.py sets them
export https_proxy="http://$PROXY"
exec wget --no-config -t 1 -O - --ca-certificate="$CA" --ciphers="NORMAL${RSA:+:-SIGN-ALL:+SIGN-RSA-PSS-RSAE-SHA256:+SIGN-RSA-SHA256}" "$URL"
