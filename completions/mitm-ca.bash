# bash completion for mitm-ca, written by 'make docs' from its flag table.
_mitm_ca() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
  if [[ $cur == = ]]; then
    cur=
  elif [[ $prev == = ]]; then
    prev=${COMP_WORDS[COMP_CWORD-2]}
  fi
  local word subcommand=
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case $word in
      init | show | export | issue | install | uninstall | doctor | env | rotate) subcommand=$word; break ;;
    esac
  done
  case $subcommand in
  init)
  case $prev in
    --name) :; return ;;
    --days) :; return ;;
    --key) mapfile -t COMPREPLY < <(compgen -W 'ec rsa' -- "$cur"); return ;;
    --permit) mapfile -t COMPREPLY < <(compgen -A hostname -- "$cur"); return ;;
    --passphrase-file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    --import) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    --import-passphrase-file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    --home) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
  esac
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W '--name --days --key --permit --encrypt --no-encrypt --passphrase-file --import --import-passphrase-file --force --home --help --version' -- "$cur")
  else
    :
  fi
  return
  ;;
  show)
  case $prev in
    --home) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
  esac
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W '--text --home --help --version' -- "$cur")
  else
    :
  fi
  return
  ;;
  export)
  case $prev in
    --format) mapfile -t COMPREPLY < <(compgen -W 'pem der p12 android' -- "$cur"); return ;;
    --for) mapfile -t COMPREPLY < <(compgen -W 'alpine android arch debian dockerfile fedora firefox freebsd java macos nss suse windows almalinux amazonlinux brave centos chrome chromium docker endeavouros kali manjaro mint opensuse oraclelinux powershell raspbian rhel rocky sles ubuntu' -- "$cur"); return ;;
    -o | --output) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    --password-file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    --home) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
  esac
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W '--format --for --output --password-file --home --help --version' -- "$cur")
  else
    :
  fi
  return
  ;;
  issue)
  case $prev in
    --days) :; return ;;
    --key) mapfile -t COMPREPLY < <(compgen -W 'ec rsa' -- "$cur"); return ;;
    -o | --output) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    --password-file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    --passphrase-file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    --home) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
  esac
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W '--client --days --key --output --combined --p12 --password-file --force --passphrase-file --home --help --version' -- "$cur")
  else
    mapfile -t COMPREPLY < <(compgen -A hostname -- "$cur")
  fi
  return
  ;;
  install)
  case $prev in
    --store) mapfile -t COMPREPLY < <(compgen -W 'system nss java' -- "$cur"); return ;;
    --root) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
    --home) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
  esac
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W '--store --root --dry-run --home --help --version' -- "$cur")
  else
    :
  fi
  return
  ;;
  uninstall)
  case $prev in
    --store) mapfile -t COMPREPLY < <(compgen -W 'system nss java' -- "$cur"); return ;;
    --root) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
    --home) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
  esac
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W '--store --root --dry-run --home --help --version' -- "$cur")
  else
    :
  fi
  return
  ;;
  doctor)
  case $prev in
    --client) mapfile -t COMPREPLY < <(compgen -W 'curl openssl python3 node java go chromium firefox' -- "$cur"); return ;;
    --passphrase-file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    --home) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
  esac
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W '--client --passphrase-file --home --help --version' -- "$cur")
  else
    :
  fi
  return
  ;;
  env)
  case $prev in
    --shell) mapfile -t COMPREPLY < <(compgen -W 'bash zsh sh dash ksh fish' -- "$cur"); return ;;
    --home) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
  esac
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W '--shell --unset --home --help --version' -- "$cur")
  else
    :
  fi
  return
  ;;
  rotate)
  case $prev in
    --name) :; return ;;
    --days) :; return ;;
    --key) mapfile -t COMPREPLY < <(compgen -W 'ec rsa' -- "$cur"); return ;;
    --permit) mapfile -t COMPREPLY < <(compgen -A hostname -- "$cur"); return ;;
    --passphrase-file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    --store) mapfile -t COMPREPLY < <(compgen -W 'system nss java' -- "$cur"); return ;;
    --root) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
    --home) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
  esac
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W '--name --days --key --permit --encrypt --passphrase-file --store --root --dry-run --home --help --version' -- "$cur")
  else
    :
  fi
  return
  ;;
  esac
  case $prev in
    --home) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;
  esac
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W '--home --help --version' -- "$cur")
  else
    mapfile -t COMPREPLY < <(compgen -W 'init show export issue install uninstall doctor env rotate' -- "$cur")
  fi
  return
}
complete -F _mitm_ca mitm-ca
