# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Completion of kleap for bash: source it, or install it as kleap in bash-completion's folder.

# The words that may come next, in COMPREPLY. $2 is the word being typed, $3 the one before.
_kleap() {
	local now=$2 before=$3 word verb=
	local verbs="plan load status rehearse exec unload disable explain help version"
	local layout="--initrd --ramdisk --append --command-line --reuse-cmdline --memory-map --limit
		--dtb --dtb-overlay --place-dtb --place-initrd
		--via --mem-min --mem-max --type --noefi --reuse-video-type --debug"
	local leap="--no-sync --no-ifdown --at-reboot"

	COMPREPLY=()
	# --type=TYPE is three words, unless COMP_WORDBREAKS was changed.
	if [[ $now == = ]]; then now=; else [[ $before != = ]] || before=${COMP_WORDS[COMP_CWORD-2]}; fi
	case $before in
	--initrd | --ramdisk | --memory-map | --dtb | --dtb-overlay | --device)
		mapfile -t COMPREPLY < <(compgen -f -- "$now")
		return
		;;
	--append | --command-line | --limit | --mem-min | --mem-max | --place-dtb | --place-initrd | --times)
		return
		;;
	--uart)
		mapfile -t COMPREPLY < <(compgen -W "3f8 2f8 3e8 2e8 pl011, uart8250,mmio, uart8250,mmio32," -- "$now")
		# An address follows a comma.
		[[ ${COMPREPLY[0]-} != *, ]] || compopt -o nospace 2> /dev/null
		return
		;;
	--machine)
		mapfile -t COMPREPLY < <(compgen -W "i386 x86_64 arm arm64" -- "$now")
		return
		;;
	--via)
		mapfile -t COMPREPLY < <(compgen -W "auto module kexec_load kexec_file_load" -- "$now")
		return
		;;
	-t | --type)
		mapfile -t COMPREPLY < <(compgen -W "bzImage bzImage64 elf-x86 elf-x86_64 zImage Image uki" -- "$now")
		return
		;;
	explain)
		mapfile -t COMPREPLY < <(compgen -W "list $(kleap explain list 2> /dev/null)" -- "$now")
		return
		;;
	help)
		mapfile -t COMPREPLY < <(compgen -W "$verbs" -- "$now")
		return
		;;
	esac

	for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
		case $word in
		plan | load | status | rehearse | exec | unload | disable | explain | help | version) verb=$word ;;
		-l | --load) verb=load ;;
		-f | --force) verb=force ;;
		-e | --exec) verb="exec" ;;
		-u | --unload) verb=unload ;;
		-S | --status) verb=status ;;
		*) continue ;;
		esac
		break
	done

	case $verb in
	'') word="$verbs --load --force --exec --unload --status --help --version" ;;
	plan) word="$layout --machine --load-panic --json" ;;
	load) word="$layout --uart --no-checks --load-panic --device" ;;
	force) word="$layout --uart --no-checks --device $leap" ;;
	status) word="--json --via --load-panic --device" ;;
	rehearse) word="--times --no-sync --json --via --device" ;;
	exec) word="$leap --cancel --via --device" ;;
	unload) word="--via --load-panic --device" ;;
	disable) word="--device" ;;
	*) word= ;;
	esac
	mapfile -t COMPREPLY < <(compgen -W "$word" -- "$now")
	case $verb in
	plan | load | force) [[ $now == -* ]] || mapfile -t COMPREPLY < <(compgen -f -- "$now") ;;
	esac
}

complete -o filenames -F _kleap kleap
