#!/bin/sh
# shellcheck disable=SC2154 # clients.py and mitm-record set them
export HOME="$WORK"
for scheme in https http; do
  eval "url=\$ORIGIN_$scheme"
  profile=$WORK/$scheme
  mkdir "$profile"
  certutil -N --empty-password -d "sql:$profile"
  certutil -A -d "sql:$profile" -n mitmkit -t C,, -i "$MITMKIT_HOME/ca.pem"
  host=${https_proxy#http://}
  cat >"$profile/user.js" <<END
user_pref("network.proxy.type", 1);
user_pref("network.proxy.http", "${host%:*}");
user_pref("network.proxy.http_port", ${host#*:});
user_pref("network.proxy.ssl", "${host%:*}");
user_pref("network.proxy.ssl_port", ${host#*:});
user_pref("network.proxy.no_proxies_on", "");
user_pref("dom.security.https_only_mode", false);
user_pref("dom.security.https_first", false);
user_pref("app.update.enabled", false);
user_pref("app.normandy.enabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("browser.safebrowsing.update.enabled", false);
user_pref("datareporting.healthreport.uploadEnabled", false);
END
  firefox-esr --headless --no-remote --profile "$profile" --screenshot "$WORK/$scheme.png" "$url/page" >/dev/null 2>&1
  printf '%s.page %s\n' $scheme "$([ -s "$WORK/$scheme.png" ] && echo shown)"
done
