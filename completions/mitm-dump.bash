# bash completion for mitm-dump, written by 'make docs' from its flag table.
_mitm_dump() {
  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
  if [[ $cur == = ]]; then
    cur=
  elif [[ $prev == = ]]; then
    prev=${COMP_WORDS[COMP_CWORD-2]}
  fi
  case $prev in
    -r | --read) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    -c | --limit) :; return ;;
    --flow) :; return ;;
    -F | --filter-file) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    -o | --output) mapfile -t COMPREPLY < <(compgen -W 'text ndjson keylog' -- "$cur"); return ;;
    --body) mapfile -t COMPREPLY < <(compgen -W 'request response' -- "$cur"); return ;;
    --color) mapfile -t COMPREPLY < <(compgen -W 'auto always never' -- "$cur"); return ;;
    -w | --write) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    --recover) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); return ;;
    --compression) :; return ;;
    -s | --snapshot-length) :; return ;;
  esac
  if [[ $cur == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W '--read --follow --limit --flow --filter-file --explain --output --bodies --raw-bodies --body --stats --count --color --write --check --recover --compression --quiet --verbose --ascii --hex --hex-ascii --snapshot-length --timestamp --numeric --help --version' -- "$cur")
  else
    :
  fi
  return
}
complete -F _mitm_dump mitm-dump
