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
