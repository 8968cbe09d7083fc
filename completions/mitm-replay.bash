# bash completion for mitm-replay, written by 'make docs' from its flag table.
_mitm_replay() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
  if [[ $cur == = ]]; then
    cur=
  elif [[ $prev == = ]]; then
    prev=${COMP_WORDS[COMP_CWORD-2]}
  fi
  case $prev in
    -r | --read) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    --limit) :; return ;;
    --to) mapfile -t COMPREPLY < <(compgen -A hostname -- "$cur"); return ;;
    --timeout) :; return ;;
    --upstream-ca) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    --color) mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$cur"); return ;;
  esac
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W '--read --limit --to --keep-host --timeout --insecure --upstream-ca --quiet --dry-run --color --help --version' -- "$cur")
  else
    :
  fi
  return
}
complete -F _mitm_replay mitm-replay
