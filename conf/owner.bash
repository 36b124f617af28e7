# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# For conf/quickstart, conf/check and tests/run, which root runs in a clone of somebody else's: builds as whom the
# clone belongs to, who has to be able to go on with what is made there.

# Finds for whom to build in folder TOP: owner_find TOP
owner_find() {
	owner=$(id -u)
	[ "$owner" -eq 0 ] || return 0
	owner=$(stat -c %u "$1")
	# As in a container, where the owner of the clone may not reach it.
	owner_run test -w "$1" || owner=0
}

# Runs a command as the owner.
owner_run() {
	local entry user home groups=--clear-groups
	[ "$owner" != "$(id -u)" ] || {
		"$@"
		return
	}
	entry=$(getent passwd "$owner") || entry=
	IFS=: read -r user _ _ _ _ home _ <<<"$entry" || true
	[ -z "$user" ] || groups=--init-groups
	setpriv --reuid "$owner" --regid "$(id -g "${user:-root}")" "$groups" \
		env -u TMPDIR HOME="${home:-/nonexistent}" USER="${user:-$owner}" LOGNAME="${user:-$owner}" "$@"
}

# What root made in folder TOP would keep the owner from building; gives it to the owner, and says so:
# owner_give_back TOP
owner_give_back() {
	local files
	[ "$owner" != "$(id -u)" ] || return 0
	mapfile -d '' -t files < <(find "$1" -xdev -path "$1/tests/.build" -prune -o -uid 0 -print0)
	[ ${#files[@]} -gt 0 ] || return 0
	printf '%s\0' "${files[@]}" | xargs -0 chown -h --from=root --reference="$1"
	echo "${#files[@]} files in $1 belonged to root: given to its owner, $(stat -c %U "$1")"
}
