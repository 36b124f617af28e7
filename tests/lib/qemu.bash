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

# Sets MACHINE, QEMU's program and how it is called, CONSOLE, the kernel's serial line, and TAP, the device
# that a guest writes to: machine_of ARCH, what Debian calls a processor. Without it: of amd64.
#
# Of the processor goes what costs an emulator much: "rep movs" and "rep stos", with which kernels copy
# and clear where they are said to be fast (erms, fsrm), are done byte by byte; each access to user memory
# changes the table of addresses with smap; la57 is a fifth level of page tables; pauth computes a
# cipher for each function.
machine_of() {
	TAP=hvc0
	case $1 in
	amd64)
		MACHINE=(qemu-system-x86_64 -cpu "max,-cx16,-erms,-fsrm,-smap,-smep,-pku,-la57" -nodefaults)
		CONSOLE=ttyS0 TAP=ttyS1
		;;
	arm64) MACHINE=(qemu-system-aarch64 -M virt -cpu "max,pauth=off" -nodefaults) CONSOLE=ttyAMA0 ;;
	# A kernel without large physical addresses (LPAE) reaches no bus of PCI above 4 GB.
	armhf) MACHINE=(qemu-system-arm -M "virt,highmem=off" -cpu cortex-a15 -nodefaults) CONSOLE=ttyAMA0 ;;
	ppc64el)
		MACHINE=(qemu-system-ppc64 -M "pseries,cap-cfpc=broken,cap-sbbc=broken,cap-ibs=broken" -nodefaults)
		CONSOLE=hvc0 TAP=hvc1
		;;
	s390x) MACHINE=(qemu-system-s390x -cpu max -nodefaults) CONSOLE=ttyS0 ;;
	esac
}
machine_of amd64

# How the guest's TAP gets out: a second serial line, or where a machine has but one, a console of virtio.
tap_line() {
	case $TAP in
	ttyS1) echo "-serial file:$1" ;;
	*) echo "-chardev file,id=tap,path=$1 -device virtio-serial -device virtconsole,chardev=tap" ;;
	esac
}

# Of the kernel, too. What waits for RCU (the end of namespaces, devices and programs) does not wait
# long.
APPEND="panic=-1 no_timer_check maxcpus=1 init_on_alloc=0 rcupdate.rcu_expedited=1"

# All 8 CPUs are there, 2 are switched on by the guest: possible CPUs that are not online, and one
# only while the kernel rewrites its code (see emulator_failed). Whether the timer ticks is not
# checked: on a machine under load it is late, and Linux panics.
boot_once() {
	local name=$1 kernel=$2 append=$3 tap TIMEFORMAT=%0U
	shift 3
	: >"$WORK/$name.tap"
	: >"$WORK/$name.console"
	read -ra tap < <(tap_line "$WORK/$name.tap")
	{
		time attend "$WORK/$name.tap" "${WITHIN[@]}" "${MACHINE[@]}" -accel tcg,thread=multi -smp 8 \
			-display none -no-reboot -kernel "$kernel" -initrd "$WORK/$name.img" \
			-serial "file:$WORK/$name.console" "${tap[@]}" "$@" \
			-append "console=$CONSOLE tap=$TAP $APPEND $append" >"$WORK/$name.qemu" 2>&1
	} 2>"$WORK/$name.cpu"
}

# Whether QEMU may miss that code is rewritten: before 8.1 (its commit deba78709a), what one CPU writes while
# it is translated for another one leaves the translation of what was there, for good. A program that is
# observed goes on calling a trampoline that the kernel has freed.
emulator_misses_code() {
	local version
	version=$("${MACHINE[0]}" --version | sed -n '1s/.*version \([0-9.]*\).*/\1/p')
	! printf '%s\n' 8.1 "$version" | sort -CV
}

# Whether a guest ended by a bug of the emulator, not of its kernel: it crashed, or let a CPU run into what
# Linux has where code is rewritten, or none is any more (an int3; on arm64 a BRK).
emulator_failed() {
	[ "$2" -ne 139 ] || return 0
	emulator_misses_code &&
		grep -aqE '(Oops: |] )int3: 0000|Kernel text patching generated an invalid instruction' "$WORK/$1.console"
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
