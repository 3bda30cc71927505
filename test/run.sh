#!/bin/sh
# run.sh - installs what the tests need and runs all of them.
#
#	sh test/run.sh		everything, as continuous integration does
#	sh test/run.sh --quick	after each change: under three minutes
#
# All of it: two builds, with sanitizers and without, each with its system
# tests, side by side; unit, shape, fuzz and interop tests; a build with clang;
# a tarball. What sanitizers watch cannot be confined, so the other build is,
# as strictly as this kernel can.
#
# --quick: one build without sanitizers; unit, shape and fuzz tests; and the
# system tests that test/system/quick.py lists. The build is kept in
# /tmp/offloader-quick.*, so that the next run compiles what has changed.
#
# Nothing is written into the checkout: a copy of it is built in a folder under
# /tmp, which is kept if anything fails.
set -u
cd "$(dirname "$0")/.." || exit 1
root=$PWD
. etc/setup.sh

# Beside what it takes to build, which etc/setup.sh says.
to_test="python3 python3-pytest openssl netbase mandoc binutils git procps
    iproute2 util-linux softhsm2 libengine-pkcs11-openssl"

# What README, the bench and some system tests take beside.
to_compare="haproxy nginx-light varnish hitch prometheus strace"

# A browser for the status page; its tests are skipped without.
to_see="chromium chromium-driver"

# The servers that the program is tried with, and their clients.
to_interop="apache2 caddy curl daphne dovecot-imapd dovecot-pop3d gunicorn h2o
    haproxy iproute2 keepalived libnginx-mod-stream libnss-wrapper lighttpd
    mariadb-client-core mariadb-server-core memcached nghttp2-proxy nginx-light
    postfix prometheus python3-django python3-django-channels python3-pylibmc
    python3-websockets squid stunnel4 tinyproxy varnish"

jobs=$(nproc)
failed=
confined=
inside=	# a function that runs a command, or nothing

# stage NAME COMMAND...: runs it aside, remembers its failure, goes on.
stage() {
	name=$1 start=$(date +%s); shift
	echo "== $name"
	("$@") || { failed="$failed, $name"; return 1; }
	echo "== $name: good, $(($(date +%s) - start)) s"
}

# build FOLDER OPTION...: configures and compiles in a folder of its own.
build() {
	mkdir -p "$work/$1" && cd "$work/$1" && shift && {
		[ -e Makefile ] ||
		    ../source/configure -q --enable-werror "$@"
	} && make -s -j"$jobs" >/dev/null
}

# Copies what autogen.sh and make have not made; make does the rest. A copy of
# an earlier run is brought up to date.
copy_source() {
	mkdir -p "$work/source" && : >>"$work/copied" &&
	tar -cvf - --exclude=./.git --exclude=./aclocal.m4 \
	    --exclude=./autom4te.cache --exclude='./build*' \
	    --exclude='./config.*' --exclude=./configure \
	    --exclude='./configure~' --exclude=./m4 --exclude=./Makefile \
	    --exclude=./Makefile.in --exclude=./stamp-h1 \
	    --exclude='*.o' --exclude='*.a' . 2>"$work/copied.new" |
	    tar -xf - -C "$work/source" || return 1
	sort -o "$work/copied.new" "$work/copied.new"
	comm -23 "$work/copied" "$work/copied.new" |
	    (cd "$work/source" && xargs -r rm -rf)
	mv "$work/copied.new" "$work/copied"
	[ -e "$work/source/configure" ] ||
	    sh "$work/source/autogen.sh" >"$work/autogen.log" 2>&1 ||
	    { cat "$work/autogen.log"; return 1; }
}

# make_check BUILD
make_check() {
	cd "$work/$1" && make -s -j"$jobs" check VERBOSE=1
	result=$?
	for log in test/unit/*.log; do
		echo "${log%.log}: $(grep -h 'test(s)\.' "$log" | tail -n 1)"
	done
	return $result
}

# system_tests BUILD [WORD...]: of the program that is there.
system_tests() {
	build=$work/$1; shift
	cd "$root" && $inside env OFFLOADER_BUILD="$build" \
	    PYTHONDONTWRITEBYTECODE=1 \
	    /usr/bin/python3 -m pytest -q -p no:cacheprovider "$@" test/system
}

# alone COMMAND...: with a network and a /dev of its own, where we may: ports
# that stand in a test, and /dev/log, would be met by both runs.
alone() {
	unshare -n -m true 2>/dev/null || { "$@"; return; }
	mkdir -p "$work/dev" && unshare -n -m sh -c '
		dev=$1; shift
		ip link set lo up && mount -t tmpfs dev "$dev" || exit 1
		for name in full null random tty urandom zero; do
			: >"$dev/$name" &&
			    mount --bind "/dev/$name" "$dev/$name"
		done
		mkdir "$dev/pts" "$dev/shm" &&
		    mount --bind /dev/shm "$dev/shm" &&
		    mount -t devpts -o newinstance,ptmxmode=666 devpts \
		    "$dev/pts" && ln -s pts/ptmx "$dev/ptmx"
		ln -s /proc/self/fd "$dev/fd"
		mount --rbind "$dev" /dev && exec "$@"
		' sh "$work/dev" "$@"
}

# Runs in the background.
confined_tests() {
	OFFLOADER_SANDBOX=strict
	"$work/gcc/offloader/offloader" --test --sandbox=strict \
	    --backend=127.0.0.1:1 /nonexistent 2>&1 |
	    grep "strict is not possible" && OFFLOADER_SANDBOX=on
	export OFFLOADER_SANDBOX
	unset ASAN_OPTIONS UBSAN_OPTIONS LSAN_OPTIONS
	inside=alone
	system_tests gcc
}

# confined_ended STATUS: says how they went.
confined_ended() {
	cat "$work/confined.log"
	return "$1"
}

# Each server is skipped by its name if its package cannot be had. Exim is not
# installed: it and Postfix, and most other mail servers, conflict.
interop_tests() {
	as_root true || {
		echo "Skipped: root starts these servers."
		return 0
	}
	exim=exim4-daemon-heavy
	mkdir "$work/unpacked" && want_packages $to_interop
	absent=$(missing_packages $to_interop)
	unpack_package $exim "$work/unpacked" >/dev/null ||
	    absent="$absent $exim"
	cd "$root" && as_root env OFFLOADER_BUILD="$work/sanitized" \
	    EXIM4="$work/unpacked/$exim/usr/sbin/exim4" \
	    ABSENT_PACKAGES="$absent" \
	    PYTHONDONTWRITEBYTECODE=1 \
	    /usr/bin/python3 -m pytest -q -rs -p no:cacheprovider test/interop
}

# Daemons write no report where a test looks: these are all processes'.
no_reports() {
	set -- "$reports"/*
	[ ! -e "$1" ] && return
	cat "$@"
	return 1
}

# Compiles the tests too, and runs none of them.
with_compiler() {
	build "$1" CC="$1" && make -s -j"$jobs" check TESTS= >/dev/null
}

from_tarball() {
	cd "$work/gcc" && make -s -j"$jobs" distcheck >distcheck.log 2>&1 ||
	    { tail -n 100 distcheck.log; return 1; }
}

# finish SENTENCE: the sentence is for the case that all is well.
finish() {
	if [ -n "$failed" ]; then
		echo "FAILED: ${failed#, }; see $work"
		exit 1
	fi
	echo "$1"
	exit 0
}

# The kept folder must be ours: everybody may write to /tmp.
quick() {
	work=/tmp/offloader-quick.$(id -u).$(echo "$root" | cksum |
	    cut -d ' ' -f 1)
	mkdir -p "$work" && [ -O "$work" ] && [ ! -L "$work" ] &&
	    chmod 755 "$work" || { echo "Cannot use $work." >&2; exit 1; }
	exec 9>"$work/lock"
	flock -n 9 || { echo "A run is using $work." >&2; exit 1; }
	stage "packages" need_packages $to_build $to_test || exit 1
	stage "copy" copy_source &&
	    stage "build" build quick CFLAGS="-O1 -g" || finish
	stage "unit, shape and fuzz tests" make_check quick
	stage "system tests" system_tests quick -m quick
	finish "All quick tests passed."
}

case "$*" in
"")	;;
--quick)	quick;;
*)	echo "usage: sh test/run.sh [--quick]" >&2; exit 2;;
esac

work=$(mktemp -d /tmp/offloader-test.XXXXXX) || exit 1
reports=$work/reports
stage "packages" need_packages $to_build $to_test $to_compare || exit 1
stage "browser" want_packages $to_see

# Whoever a daemon has become, it can write its report.
mkdir "$reports" && chmod 1777 "$reports" && chmod 755 "$work" || exit 1
export ASAN_OPTIONS="log_path=$reports/asan:log_exe_name=1:exitcode=99"
ASAN_OPTIONS=$ASAN_OPTIONS:detect_stack_use_after_return=1
export UBSAN_OPTIONS="log_path=$reports/ubsan:print_stacktrace=1"
export LSAN_OPTIONS="exitcode=99"
export SIGNER_REQUESTS=1000000

stage "autogen.sh" copy_source &&
    stage "build with sanitizers" build sanitized --enable-sanitizers ||
    finish
stage "build with gcc" with_compiler gcc && {
	confined_tests >"$work/confined.log" 2>&1 &
	confined=$!
}
stage "unit, shape and fuzz tests" make_check sanitized
stage "system tests" system_tests sanitized
stage "interop tests" interop_tests
stage "sanitizers' reports" no_reports
if [ -n "$confined" ]; then
	wait "$confined"
	stage "system tests, confined" confined_ended $?
fi
unset ASAN_OPTIONS UBSAN_OPTIONS LSAN_OPTIONS SIGNER_REQUESTS
! command -v clang >/dev/null || stage "build with clang" with_compiler clang
stage "make distcheck" from_tarball
[ -n "$failed" ] || rm -rf "$work"
finish "All tests passed."
