# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-only
# How a guest is booted in QEMU, without hardware for it. Its files are in $WORK: NAME.img is what it boots from, NAME.console the kernel's serial line,
# NAME.tap that of what runs in it, NAME.qemu what QEMU says, NAME.cpu the seconds of CPU.

# Seconds without a word after which a guest hangs; how long all takes depends on the machine.
PATIENCE=400

# Runs a command until its end, or until FILE does not grow any more: attend FILE COMMAND...
attend() {
	local file=$1 pid
	shift
	"$@" &
	pid=$!
	while sleep 1 && kill -0 "$pid" 2>/dev/null; do
		(($(date +%s) - $(stat -c %Y "$file") <= PATIENCE)) && continue
		kill -s KILL "$pid"
		wait "$pid"
		return 124
	done
	wait "$pid"
}

# Of the processor goes what costs an emulator much: "rep movs" and "rep stos", with which kernels copy
# and clear where they are said to be fast (erms), are done byte by byte; each access to user memory
# changes the table of addresses with smap; la57 is a fifth level of page tables.
PROCESSOR=max,-cx16,-erms,-smap,-smep,-pku,-la57
# Of the kernel, too. What waits for RCU (the end of namespaces, devices and programs) does not wait
# long.
APPEND="console=ttyS0 panic=-1 no_timer_check maxcpus=1 init_on_alloc=0 rcupdate.rcu_expedited=1"

# All 8 CPUs are there, 2 are switched on by the guest: possible CPUs that are not online, and one
# only while the kernel rewrites its code (see emulator_failed). Whether the timer ticks is not
# checked: on a machine under load it is late, and Linux panics.
boot_once() {
	local name=$1 kernel=$2 append=$3 TIMEFORMAT=%0U
	shift 3
	: >"$WORK/$name.tap"
	{
		time attend "$WORK/$name.tap" "${WITHIN[@]}" qemu-system-x86_64 -accel tcg,thread=multi \
			-cpu "$PROCESSOR" -smp 8 -nodefaults -display none -no-reboot \
			-kernel "$kernel" -initrd "$WORK/$name.img" -serial "file:$WORK/$name.console" \
			-serial "file:$WORK/$name.tap" "$@" \
			-append "$APPEND $append" >"$WORK/$name.qemu" 2>&1
	} 2>"$WORK/$name.cpu"
}

# Whether a guest ended by a bug of QEMU 7.2, not of its kernel: the emulator crashed, or let one
# CPU run into code that another one was rewriting, where Linux has an int3 meanwhile.
emulator_failed() {
	[ "$2" -eq 139 ] || grep -aqE '(Oops: |] )int3: 0000' "$WORK/$1.console"
}

# Boots a guest, under the command in WITHIN, and once more if the emulator failed; returns QEMU's
# status: boot NAME KERNEL APPEND [ARGUMENT-OF-QEMU...]
boot() {
	local status
	boot_once "$@"
	status=$?
	emulator_failed "$1" "$status" || return "$status"
	echo "# $1: the emulator failed (status $status); booted once more"
	boot_once "$@"
}
