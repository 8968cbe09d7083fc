#!/bin/sh
# shellcheck disable=SC2154 # clients.py and mitm-record set them
# apt reads its lists and downloads as the user _apt, which must be able to reach them.
chmod 755 "$WORK"
# That takes more users than one, which there are not when an ordinary user runs this in a namespace.
user=_apt
[ "$(awk '{ n += $3 } END { printf "%.0f", n }' /proc/self/uid_map)" -gt 1 ] || user=root
for scheme in https http; do
  eval "url=\$ORIGIN_$scheme"
  root=$WORK/$scheme
  mkdir -p "$root/lists/partial" "$root/archives/partial" "$root/download"
  printf 'deb [trusted=yes] %s/apt ./\n' "$url" >"$root/sources.list"
  chmod 777 "$root/download"
  set -- -qq -o Dir::Etc::SourceList="$root/sources.list" -o Dir::Etc::SourceParts=/dev/null -o Dir::State::Lists="$root/lists" \
    -o Dir::Cache="$root" -o Dir::Cache::Archives=archives -o APT::Get::List-Cleanup=0 -o Acquire::Languages=none -o APT::Sandbox::User=$user
  apt-get "$@" update
  (cd "$root/download" && apt-get "$@" download tiny-package)
  printf '%s.package %s\n' $scheme "$(cat "$root"/download/*.deb | sha256sum | cut -d' ' -f1)"
done
