#!/bin/sh
# demo.sh - shows what the offloader does: sh etc/demo.sh [--once]
#
# Builds the offloader, starts it in front of a small server that shows what it
# receives, and sends a request with a client certificate. Then the offloader
# runs until Ctrl-C. With --once, it stops after the request, and the exit
# status is 0 only if the server received every fact.
#
# The folder build-demo (or $BUILD) is kept, so that the next build is quick.
set -u
cd "$(dirname "$0")/.." || exit 1
. etc/setup.sh

case ${1-} in
''|--once)	once=${1-} ;;
*)		echo "usage: sh $0 [--once]" >&2; exit 64 ;;
esac
mkdir -p "${BUILD:=build-demo}" && BUILD=$(cd "$BUILD" && pwd) || exit 1

# Builds a copy: nothing is written beside the sources, and object files that
# are there are not used.
build() {
	mkdir -p "$BUILD/source" "$BUILD/objects" &&
	tar -cf - --exclude='*.[ao]' --exclude='offloader/offloader*' \
	    autogen.sh configure.ac Makefile.am certs etc man offloader test |
	    tar -xf - -C "$BUILD/source" || return 1
	if [ ! -e "$BUILD/objects/Makefile" ]; then
		sh "$BUILD/source/autogen.sh" &&
		cd "$BUILD/objects" && ../source/configure -q || return 1
	fi
	make -C "$BUILD/objects" -j"$(nproc)" all
}

# After SIGTERM, SIGINT cuts the connections that are still open.
end() {
	kill $pids 2>/dev/null && kill -INT $pids 2>/dev/null
	wait
	rm -rf "$work"
}

# listening NAME PID: waits for the address in NAME.out, and prints it.
listening() {
	tries=100
	# The background process may not have made them yet.
	touch "$work/$1.out" "$work/$1.err"
	until address=$(sed -n 's/^listening on //p' "$work/$1.out") &&
	    [ -n "$address" ]; do
		if ! kill -0 "$2" 2>/dev/null || [ $((tries -= 1)) -eq 0 ]; then
			echo "$1 is not listening:" >&2
			cat "$work/$1.out" "$work/$1.err" >&2
			return 1
		fi
		sleep 0.1
	done
	echo "$address"
}

# expect NAME VALUE: checks one line of the page.
expect() {
	grep -qxF "$1: $2" "$work/page" || {
		echo "Wrong: $1 should be \"$2\"." >&2
		wrong=yes
	}
}

# The version or the cipher of TLS, as curl reports it.
from_curl() {
	sed -n "s|^\* SSL connection using \([^ ]*\) / \([^ ]*\).*|\\$1|p" \
	    "$work/curl.err"
}

echo "Building in $BUILD ..."
need_packages $to_build curl openssl || exit 1
if ! (build) >"$BUILD/log" 2>&1; then
	tail -n 30 "$BUILD/log" >&2
	echo "The build failed; see $BUILD/log." >&2
	exit 1
fi

export no_proxy='*'
work=$(mktemp -d) pids=
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' HUP TERM
sh certs/make.sh "$work" || exit 1

programs=$BUILD/objects/offloader
"$programs/offloader-echo" --listen='[127.0.0.1]:0' \
    >"$work/backend.out" 2>"$work/backend.err" &
pids=$!
backend=$(listening backend $!) || exit 1

"$programs/offloader" --frontend="[127.0.0.1]:0+$work/server.pem" \
    --backend="[127.0.0.1]:${backend##*:}" --alpn-protos=http/1.1 \
    --client-verify=optional --client-verify-ca="$work/ca.pem" \
    >"$work/offloader.out" 2>"$work/offloader.err" &
pids="$! $pids"
frontend=$(listening offloader $!) || exit 1

there=www.example.test:${frontend##*:}
set -- curl --resolve "$there:127.0.0.1" --cacert "$work/ca.pem" \
    --cert "$work/client.pem" "https://$there/"
echo
echo "\$ $*"
if ! "$@" -sSv -o "$work/page" -w '%{local_ip}:%{local_port}' \
    >"$work/client" 2>"$work/curl.err"; then
	cat "$work/curl.err" "$work/offloader.err" >&2
	exit 1
fi
echo
echo "The backend received:"
sed 's/^/    /' "$work/page"

wrong=
expect proxy v2
expect command PROXY
expect client "$(cat "$work/client")"
expect local "$frontend"
expect authority www.example.test
expect alpn http/1.1
expect tls yes
expect tls-version "$(from_curl 1)"
expect tls-cipher "$(from_curl 2)"
expect client-cert verified
expect verify 0
expect client-cn alice
[ -z "$wrong" ] || exit 1
[ -z "$once" ] || exit 0

echo
echo "The offloader is still running. Try the command above again, with or"
echo "without --cert, or open https://localhost:${frontend##*:}/ in a browser."
echo "Ctrl-C stops it."
wait "${pids%% *}"
echo "The offloader has exited:" >&2
cat "$work/offloader.err" >&2
exit 1
