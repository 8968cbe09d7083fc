# bash completion for mitm-record, written by 'make docs' from its flag table.
_mitm_record() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
  if [[ $cur == = ]]; then
    cur=
  elif [[ $prev == = ]]; then
    prev=${COMP_WORDS[COMP_CWORD-2]}
  fi
  local earlier
  for earlier in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [[ $earlier == -- ]]; then
      if [[ $prev == -- ]]; then
        mapfile -t COMPREPLY < <(compgen -c -- "$cur")
      else
        compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
      fi
      return
    fi
  done
  case $prev in
    -w | --write) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    -s | --snapshot-length) :; return ;;
    -c | --count) :; return ;;
    --compression) :; return ;;
    --on-disk-full) mapfile -t COMPREPLY < <(compgen -W 'stop pass' -- "$cur"); return ;;
    --fsync) mapfile -t COMPREPLY < <(compgen -W 'off close always' -- "$cur"); return ;;
    --color) mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$cur"); return ;;
    -C | --file-size) :; return ;;
    -G | --rotate-seconds) :; return ;;
    -W | --file-count) :; return ;;
    -z | --post-rotate) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    -m | --mode) mapfile -t COMPREPLY < <(compgen -W 'explicit transparent reverse:https://' -- "$cur"); return ;;
    -l | --listen) :; return ;;
    --mark) :; return ;;
    --print-rules) mapfile -t COMPREPLY < <(compgen -W 'nft iptables pf' -- "$cur"); return ;;
    --ready-file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    --allow) :; return ;;
    --proxy-auth) :; return ;;
    --upstream) mapfile -t COMPREPLY < <(compgen -W 'http:// https:// socks5:// env' -- "$cur"); return ;;
    --no-upstream) mapfile -t COMPREPLY < <(compgen -A hostname -- "$cur"); return ;;
    --resolve) :; return ;;
    --connect-to) :; return ;;
    --source) :; return ;;
    --connect-timeout) :; return ;;
    --handshake-timeout) :; return ;;
    --first-byte-timeout) :; return ;;
    --idle-timeout) :; return ;;
    --max-head) :; return ;;
    --threads) :; return ;;
    --drain) :; return ;;
    --insecure-host) mapfile -t COMPREPLY < <(compgen -A hostname -- "$cur"); return ;;
    --upstream-ca) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    --connect) mapfile -t COMPREPLY < <(compgen -W 'eager lazy' -- "$cur"); return ;;
    --pass) mapfile -t COMPREPLY < <(compgen -A hostname -- "$cur"); return ;;
    --pin-memory) :; return ;;
    --only) mapfile -t COMPREPLY < <(compgen -A hostname -- "$cur"); return ;;
    --client-cert) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    --cert) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    --tls-min) mapfile -t COMPREPLY < <(compgen -W '1.0 1.1 1.2 1.3' -- "$cur"); return ;;
    --tls-max) mapfile -t COMPREPLY < <(compgen -W '1.0 1.1 1.2 1.3' -- "$cur"); return ;;
    --keylog) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    --home) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
    --passphrase-file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    --user) :; return ;;
  esac
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W '--write --snapshot-length --count --packet-buffered --compression --on-disk-full --fsync --quiet --verbose --color --append --file-size --rotate-seconds --file-count --post-rotate --mode --listen --keep-host --mark --print-rules --ready-file --allow --proxy-auth --upstream --no-upstream --resolve --connect-to --source --connect-timeout --handshake-timeout --first-byte-timeout --idle-timeout --max-head --threads --drain --insecure --insecure-host --upstream-ca --connect --pass --pin-memory --no-fail-open --only --client-cert --ask-client-cert --cert --tls-min --tls-max --keylog --record-secrets --home --passphrase-file --user --help --version' -- "$cur")
  else
    :
  fi
  return
}
complete -F _mitm_record mitm-record
