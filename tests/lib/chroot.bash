# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# Another Debian in a folder, to build and run things in, with this machine's kernel.

# Copies the tracked files, as they are here, to a folder in a chroot: chroot_copy ROOT FOLDER
chroot_copy() {
	rm -rf --one-file-system "${1:?}$2" && mkdir -p "$1$2" &&
		git -c safe.directory="$PWD" ls-files -z | xargs -0 cp --parents -t "$1$2"
}

# Runs a command of the shell in a folder of a chroot: chroot_run ROOT FOLDER COMMAND. In a mount
# namespace of its own: what it mounts goes with it. The root is a mount, too, as the propagation of
# mounts of "/" is changed in there, which can be done to a mount alone.
chroot_run() {
	# shellcheck disable=SC2016 # its arguments
	unshare --mount sh -c '
		mount --bind "$1" "$1" &&
			mount --rbind /proc "$1/proc" && mount --rbind /sys "$1/sys" && mount --rbind /dev "$1/dev" &&
			exec chroot "$1" sh -c "cd \"$2\" && $3"' sh "$@"
}

# What a chroot is made by, as a word that is kept with it: one that was made otherwise is made again.
# recipe FILE...
recipe() {
	cat "$@" | cksum | tr ' ' -
}

# What apt says when it cannot fetch what it needs, or a mirror is in the middle of a change.
NOT_FETCHED='^[EW]: .*(Failed to fetch|Could not (resolve|connect)|Temporary failure resolving|Hash Sum mismatch'
NOT_FETCHED+='|unexpected size|does not have a Release file|404 +Not Found|as it has no candidate)'
NOT_FETCHED+='|unmet dependencies|support architecture|apt has no Debian suite'

# Of what apt says, without where the mirror is.
without_mirror() {
	sed -E "s,[a-z]+://[^/ ]+/,,g; s/(resolve|resolving|connect to|connection to) [^ ]+/\1 the mirror/g
		s/ *\[IP: [^]]*\]//g; s/ *\([0-9a-f]+[.:][0-9a-f.:]+\)//g"
}

# Where something of Debian could not be had, as a test: skipped if it could not be fetched; whatever
# else went wrong is a failure: cannot_be_had LOG NAME. Prints TAP without numbers.
cannot_be_had() {
	local reason
	if reason=$(grep -m 1 -E "$NOT_FETCHED" "$1") && ! grep -q 'No space left' "$1"; then
		[[ $reason != *: ]] || reason+=$(grep -m 1 ' : Depends: ' "$1")
		echo "ok - $2 # SKIP cannot be had: $reason"
	else
		echo "not ok - $2"
		tail -n 20 "$1" | sed 's/^/# /'
	fi | without_mirror
}

# A tier that is run, as its tests, with a word before their names, and a failure if it did not come
# to its end: chroot_tier NAME WORD COMMAND... Prints TAP without numbers.
chroot_tier() {
	local name=$1 word=$2
	shift 2
	{
		"$@" 2>&1 </dev/null
		printf '\nstatus %s\n' $?
	} | awk -v name="$name" -v word="$word" '
		/^status [0-9]+$/ { status = $2; next }
		/^1\.\.[0-9]+$/ { plan = substr($0, 4) + 0; next }
		/^(not )?ok [0-9]+ - / {
			tests++
			failed += /^not/
			verdict = /^not/ ? "not ok" : "ok"
			sub(/^(not )?ok [0-9]+ - /, "")
			print verdict " - " name ": " word ": " $0
			next
		}
		/^TAP version/ || /^$/ { next }
		{ sub(/^# /, ""); print "# " name ": " $0 }
		END {
			if (!plan || tests != plan || (status != 0 && !failed))
				print "not ok - " name ": " word ": all tests were run, not " tests + 0 " of " plan + 0 ", with status " status
		}'
}

# A step of what is built there, as a test: chroot_step NAME LOG COMMAND... Prints TAP without numbers.
chroot_step() {
	local name=$1 log=$2
	shift 2
	if "$@" >"$log" 2>&1 </dev/null; then
		echo "ok - $name"
		return
	fi
	echo "not ok - $name"
	tail -n 100 "$log" | sed 's/^/# /'
	return 1
}
