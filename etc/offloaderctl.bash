# offloaderctl.bash - bash completion for offloaderctl(8), from its --help.
_offloaderctl() {
	local cur=${COMP_WORDS[COMP_CWORD]}
	local prev=${COMP_WORDS[COMP_CWORD - 1]}
	# bash splits --name=value into three words.
	if [ "$cur" = = ]; then
		cur= prev=$prev=
	elif [ "$prev" = = ]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}=
	fi
	case $prev in
	--socket= | --config= | --socket | --config)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		compopt -o filenames ;;
	--*= | --interval | --count) ;;
	*)
		mapfile -t COMPREPLY < <(compgen -W "$("$1" --help |
		    sed -n 's/^  \(-*[a-z][a-z-]*=\{0,1\}\).*/\1/p')" -- "$cur")
		[[ ${COMPREPLY[0]} != *= ]] || compopt -o nospace ;;
	esac
}
complete -F _offloaderctl offloaderctl
