#!/bin/sh
# shellcheck disable=SC2154,SC2086 # matrix.py sets them; several words
case $HOST in
  *:* | *[0-9]) name="-verify_ip $HOST" sni=-noservername ;;
  *) name="-verify_hostname $HOST" sni="-servername $HOST" ;;
esac
trust="-x509_strict -CAfile $CA -no-CApath -no-CAstore $name"
sigalgs=${RSA:+-sigalgs RSA-PSS+SHA256:RSA+SHA256}
printf 'GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n' "$TARGET" "$ADDRESS:$PORT" |
  openssl s_client -ign_eof -showcerts -connect "$ADDRESS:$PORT" -proxy "$PROXY" $sni $sigalgs $trust -verify_return_error >"$WORK/said" 2>&1
spoke=$?
sed -n '/^-----BEGIN CERTIFICATE/,/^-----END CERTIFICATE/p' "$WORK/said" >"$WORK/chain.pem"
openssl verify -purpose sslserver $trust -untrusted "$WORK/chain.pem" "$WORK/chain.pem"
verified=$?
if [ $((spoke == 0)) -ne $((verified == 0)) ]; then
  echo "they differ: s_client ended with $spoke, verify with $verified"
  exit 1
fi
cat "$WORK/said"
exit $spoke
