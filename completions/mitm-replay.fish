# fish completion for mitm-replay, written by 'make docs' from its flag table.
complete -c mitm-replay -f
complete -c mitm-replay -s r -l read -r -F -d 'replay this recording, or standard input for -'
complete -c mitm-replay -l limit -x -d 'stop after N requests'
complete -c mitm-replay -l to -x -a '(__fish_print_hostnames)' -d 'send everything to this server instead'
complete -c mitm-replay -l keep-host -d 'with --to, leave Host fields as they were recorded'
complete -c mitm-replay -l timeout -x -d 'wait at most SECONDS for each answer (default 30)'
complete -c mitm-replay -s k -l insecure -d 'go on when a server\'s certificate cannot be verified'
complete -c mitm-replay -l upstream-ca -r -F -d 'trust these certificates besides the system\'s'
complete -c mitm-replay -s q -l quiet -d 'print only what differs, and the verdict'
complete -c mitm-replay -l dry-run -d 'print what would be sent, and send nothing'
complete -c mitm-replay -l color -x -a 'auto always never' -d 'use colours: auto, always or never (default: auto)'
complete -c mitm-replay -s h -l help -d 'print this help and exit'
complete -c mitm-replay -s V -l version -d 'print the version and exit'
