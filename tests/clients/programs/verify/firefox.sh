#!/bin/sh
# shellcheck disable=SC2154 # matrix.py sets them
export HOME="$WORK"
profile=$WORK/profile
mkdir "$profile"
certutil -N --empty-password -d "sql:$profile"
certutil -A -d "sql:$profile" -n ca -t C,, -i "$CA"
cat >"$profile/user.js" <<END
user_pref("network.proxy.type", 1);
user_pref("network.proxy.ssl", "${PROXY%:*}");
user_pref("network.proxy.ssl_port", ${PROXY#*:});
user_pref("network.proxy.no_proxies_on", "");
user_pref("app.update.enabled", false);
user_pref("app.normandy.enabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("browser.safebrowsing.update.enabled", false);
user_pref("datareporting.healthreport.uploadEnabled", false);
END
if [ -n "$RSA" ]; then
  echo 'user_pref("security.tls.version.max", 3);'
  for suite in aes_128_gcm_sha256 aes_256_gcm_sha384 chacha20_poly1305_sha256 aes_128_sha aes_256_sha; do
    echo "user_pref(\"security.ssl3.ecdhe_ecdsa_$suite\", false);"
  done
fi >>"$profile/user.js"
# What it refuses it shows for ever.
timeout 25 firefox-esr --headless --no-remote --profile "$profile" --screenshot "$WORK/page.png" "$URL" >/dev/null 2>&1
[ -s "$WORK/page.png" ] && echo accepted
