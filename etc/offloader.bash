# offloader.bash - completes the options of offloader(8).
_offloader_files() {
	mapfile -t COMPREPLY < <(compgen "$1" -- "$2")
	compopt -o filenames
}

_offloader_words() {
	mapfile -t COMPREPLY < <(compgen -W "${*:2}" -- "$1")
}

_offloader() {
	local cur=${COMP_WORDS[COMP_CWORD]}
	local prev=${COMP_WORDS[COMP_CWORD - 1]}
	# bash splits --name=value into three words.
	if [ "$cur" = = ]; then
		cur= prev=$prev=
	elif [ "$prev" = = ]; then
		prev=${COMP_WORDS[COMP_CWORD - 2]}=
	fi
	case $prev in
	--send-proxy= | --send-proxy) _offloader_words "$cur" \
	    v2 \
	    v1 \
	    none ;;
	--proxy-tlv= | --proxy-tlv) _offloader_words "$cur" \
	    alpn \
	    authority \
	    unique-id \
	    crc32c \
	    netns \
	    version \
	    cn \
	    cipher \
	    sig-alg \
	    key-alg \
	    group \
	    sig-scheme \
	    client-cert \
	    ja4 ;;
	--pem-file= | --pem-file) _offloader_files -f "$cur" ;;
	--pem-dir= | --pem-dir) _offloader_files -d "$cur" ;;
	--pem-dir-lenient=) _offloader_words "$cur" \
	    on \
	    off ;;
	--allow-loose-keys=) _offloader_words "$cur" \
	    on \
	    off ;;
	--ticket-key-file= | --ticket-key-file) _offloader_files -f "$cur" ;;
	--freebind=) _offloader_words "$cur" \
	    on \
	    off ;;
	--chroot= | --chroot | -r) _offloader_files -d "$cur" ;;
	--sandbox= | --sandbox) _offloader_words "$cur" \
	    on \
	    off \
	    strict ;;
	--key-isolation= | --key-isolation) _offloader_words "$cur" \
	    on \
	    off ;;
	--daemon=) _offloader_words "$cur" \
	    on \
	    off ;;
	--pidfile= | --pidfile | -p) _offloader_files -f "$cur" ;;
	--control-socket= | --control-socket) _offloader_files -f "$cur" ;;
	--log-filename= | --log-filename | -l) _offloader_files -f "$cur" ;;
	--syslog=) _offloader_words "$cur" \
	    on \
	    off ;;
	--syslog-facility= | --syslog-facility) _offloader_words "$cur" \
	    auth \
	    authpriv \
	    cron \
	    daemon \
	    ftp \
	    kern \
	    local0 \
	    local1 \
	    local2 \
	    local3 \
	    local4 \
	    local5 \
	    local6 \
	    local7 \
	    lpr \
	    mail \
	    news \
	    syslog \
	    user \
	    uucp ;;
	--access-log= | --access-log) _offloader_words "$cur" \
	    off \
	    logfmt \
	    json ;;
	--access-log-file= | --access-log-file) _offloader_files -f "$cur" ;;
	--accept-proxy=) _offloader_words "$cur" \
	    on \
	    off ;;
	--tls-protos= | --tls-protos) _offloader_words "$cur" \
	    TLSv1.2 \
	    TLSv1.3 ;;
	--prefer-server-ciphers=) _offloader_words "$cur" \
	    on \
	    off ;;
	--sni-nomatch-abort=) _offloader_words "$cur" \
	    on \
	    off ;;
	--sni-required=) _offloader_words "$cur" \
	    on \
	    off ;;
	--session-tickets=) _offloader_words "$cur" \
	    on \
	    off ;;
	--key-passphrase-file= | --key-passphrase-file) _offloader_files -f "$cur" ;;
	--client-verify= | --client-verify) _offloader_words "$cur" \
	    none \
	    optional \
	    optional-no-ca \
	    required ;;
	--client-verify-ca= | --client-verify-ca) _offloader_files -f "$cur" ;;
	--client-verify-crl= | --client-verify-crl) _offloader_files -f "$cur" ;;
	--client-verify-crl-check= | --client-verify-crl-check) _offloader_words "$cur" \
	    leaf \
	    chain ;;
	--client-verify-advertise=) _offloader_words "$cur" \
	    on \
	    off ;;
	--config= | --config) _offloader_files -f "$cur" ;;
	--match-global-certs=) _offloader_words "$cur" \
	    on \
	    off ;;
	--private-key= | --private-key) _offloader_files -f "$cur" ;;
	*)
		if [ "${cur:0:1}" != - ]; then
			_offloader_files -f "$cur"
			return
		fi
		_offloader_words "$cur" \
		    --frontend= \
		    --backend= \
		    --send-proxy= \
		    --proxy-tlv= \
		    --proxy-size-limit= \
		    --pem-file= \
		    --pem-dir= \
		    --pem-dir-glob= \
		    --pem-dir-lenient \
		    --allow-loose-keys \
		    --ticket-rotation= \
		    --ticket-key-file= \
		    --backend-connect-timeout= \
		    --ssl-handshake-timeout= \
		    --idle-timeout= \
		    --half-close-timeout= \
		    --drain-timeout= \
		    --drain-idle-timeout= \
		    --watchdog= \
		    --workers= \
		    --backlog= \
		    --freebind \
		    --max-generations= \
		    --keepalive= \
		    --chroot= \
		    --user= \
		    --group= \
		    --sandbox= \
		    --key-isolation= \
		    --daemon \
		    --pidfile= \
		    --control-socket= \
		    --stats-listen= \
		    --log-level= \
		    --log-filename= \
		    --syslog \
		    --syslog-facility= \
		    --access-log= \
		    --access-log-file= \
		    --access-log-failures= \
		    --accept-proxy \
		    --proxy-from= \
		    --ciphers= \
		    --ciphersuites= \
		    --tls-protos= \
		    --groups= \
		    --prefer-server-ciphers \
		    --alpn-protos= \
		    --sni-nomatch-abort \
		    --sni-required \
		    --session-tickets \
		    --session-ticket-count= \
		    --session-timeout= \
		    --key-passphrase-file= \
		    --openssl-conf= \
		    --client-verify= \
		    --client-verify-ca= \
		    --client-verify-crl= \
		    --client-verify-crl-check= \
		    --client-verify-depth= \
		    --client-verify-advertise \
		    --client-allow= \
		    --config= \
		    --test \
		    --version \
		    --help \
		    --name= \
		    --host= \
		    --port= \
		    --match-global-certs \
		    --private-key=
		if [ "${COMPREPLY[0]: -1}" = = ]; then
			compopt -o nospace
		fi ;;
	esac
} &&
complete -F _offloader offloader
