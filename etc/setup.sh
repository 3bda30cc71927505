# setup.sh - installs Debian packages that a script needs. To be sourced.

# For need_packages: everything that autogen.sh, configure and make use.
to_build="gcc libc6-dev make autoconf automake autoconf-archive pkg-config
    libssl-dev libev-dev libconfuse-dev uthash-dev libseccomp-dev
    libmicrohttpd-dev libcmocka-dev xz-utils"

can_be_root() {
	[ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null
}

as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	else
		sudo "$@"
	fi
}

# Prints those of its arguments that are not installed.
missing_packages() {
	for package; do
		dpkg-query -W -f '${db:Status-Status}\n' "$package" \
		    2>/dev/null | grep -qx installed || echo "$package"
	done
}

# Prints those of its arguments that apt knows.
known_packages() {
	for package; do
		LC_ALL=C apt-cache policy "$package" 2>/dev/null |
		    grep -q 'Candidate: [^(]' && echo "$package"
	done
}

# apt_get WORD...: as root. No service is started: a haproxy that is to be
# tested with must not take the machine's ports. Nor is anything removed: the
# machine may have another mail server, and use it.
apt_get() {
	as_root env DEBIAN_FRONTEND=noninteractive sh -c '
		policy=/usr/sbin/policy-rc.d
		if [ ! -e $policy ]; then
			trap "rm -f $policy" EXIT
			trap "exit 1" HUP INT TERM
			printf "#!/bin/sh\nexit 101\n" >$policy
			chmod 755 $policy
		fi
		apt-get -q -y -o DPkg::Lock::Timeout=600 \
		    --no-remove --no-install-recommends "$@"
		' sh "$@"
}

# need_packages PACKAGE...: installs what is missing.
need_packages() {
	missing=$(missing_packages "$@")
	[ -n "$missing" ] || return 0
	if command -v apt-get >/dev/null && can_be_root; then
		echo "Installing:" $missing
		apt_get update && apt_get install $missing && return
	fi
	echo "Please install these first, as root:" $missing >&2
	return 1
}

# want_packages PACKAGE...: installs those that can be had, in one step. One
# that conflicts with another must not cost us the rest, though.
want_packages() {
	wanted=$(missing_packages "$@")
	[ -n "$wanted" ] || return 0
	if command -v apt-get >/dev/null && can_be_root &&
	    apt_get update; then
		known=$(known_packages $wanted)
		echo "Installing:" $known
		[ -z "$known" ] || apt_get install $known ||
		    for package in $known; do
			    apt_get install "$package"
		    done
	fi
	wanted=$(missing_packages $wanted)
	[ -z "$wanted" ] || echo "Going on without:" $wanted
}

# unpack_package PACKAGE FOLDER: for what conflicts with something installed;
# only the libraries that it needs are. It is in FOLDER/PACKAGE then.
unpack_package() {
	need_packages $(apt-cache depends "$1" |
	    sed -n 's/^ *Depends: \(lib[^<>]*\)$/\1/p') &&
	(cd "$2" && apt-get -q download "$1") && dpkg -x "$2/$1"_*.deb "$2/$1"
}
