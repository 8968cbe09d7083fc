#!/bin/sh
# shellcheck disable=SC2154,SC2086 # matrix.py sets them; several words
{ /usr/bin/python3 "$PROGRAMS/connect.py" "$PROXY" "$ADDRESS:$PORT" "$WORK/port"; touch "$WORK/over"; } &
while ! [ -s "$WORK/port" ]; do sleep 0.05; done
case $HOST in
  *:* | *[0-9]) sni= ;;
  *) sni=--sni-hostname=$HOST ;;
esac
# It ends when its input does, so that stays open until the answer is there.
{ printf 'GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' "$TARGET" "$ADDRESS:$PORT"
  while ! [ -e "$WORK/over" ]; do sleep 0.05; done; } |
  gnutls-cli --x509cafile="$CA" $sni --verify-hostname="$HOST" -p "$(cat "$WORK/port")" \
    --priority "NORMAL${RSA:+:-SIGN-ALL:+SIGN-RSA-PSS-RSAE-SHA256:+SIGN-RSA-SHA256}" 127.0.0.1 2>&1
