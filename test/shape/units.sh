#!/bin/sh
# units.sh - systemd knows every directive of our units, the service is not
# exposed more than it says, and the files beside them can be read.
command -v systemd-analyze >/dev/null || exit 77
src=${srcdir:-.}
work=$(mktemp -d) || exit 2
trap 'rm -rf "$work"' EXIT
status=0

sed -e 's,@sbindir@,/bin,g' -e 's,@sysconfdir@,/etc,g' \
    "$src/etc/offloader.service.in" >"$work/offloader.service"
cp "$src/etc/offloader.socket" "$work"

# What is not installed here is no fault of the units.
for unit in offloader.service offloader.socket; do
	systemd-analyze verify --man=no "$work/$unit" 2>&1 |
	    grep "offloader\.s" |
	    grep -v "is not executable: No such file" >"$work/said"
	if [ -s "$work/said" ]; then
		cat "$work/said"
		status=1
	fi
done

# Tenths, so 17 is "1.7 OK". systemd 250 and later can say it offline.
if systemd-analyze --help | grep -q -e --offline; then
	systemd-analyze security --offline=true --threshold=17 \
	    "$work/offloader.service" >"$work/said" 2>&1 || {
		grep -e ✗ -e Overall "$work/said"
		status=1
	}
fi

for file in sysusers tmpfiles; do
	command -v systemd-$file >/dev/null || continue
	case $file in
	sysusers) set -- --dry-run ;;
	tmpfiles) set -- --create --prefix=/nowhere ;;
	esac
	systemd-$file --help | grep -q -e "$1" || continue
	systemd-$file --root="$work" "$@" \
	    "$(cd "$src/etc" && pwd)/offloader.$file" >"$work/said" 2>&1 || {
		cat "$work/said"
		status=1
	}
done
if command -v logrotate >/dev/null; then
	cp "$src/etc/offloader.logrotate" "$work/rotate"
	logrotate -d -s "$work/state" "$work/rotate" >"$work/said" 2>&1 || {
		cat "$work/said"
		status=1
	}
fi
exit $status
