// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

#define _GNU_SOURCE

#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "internal.h"
#include "numbers.h"

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "the sandbox knows the calls of x86_64 and aarch64 only"
#endif

#ifndef SECCOMP_RET_KILL_PROCESS
#define SECCOMP_RET_KILL_PROCESS 0x80000000U
#endif
#ifndef SECCOMP_RET_USER_NOTIF
#define SECCOMP_RET_USER_NOTIF 0x7fc00000U
#endif

// Calls of the x32 ABI carry this bit on x86_64.
#define X32_BIT 0x40000000U

#define REFUSED(number) (SECCOMP_RET_ERRNO | (number))
// Both architectures are little-endian: the low half of an argument comes first.
#define LOW_HALF(index) (unsigned)(offsetof(struct seccomp_data, args) + 8 * (index))
#define HIGH_HALF(index) (LOW_HALF(index) + 4)

static void add(filter_program *program, unsigned short code, unsigned value, unsigned char yes, unsigned char no) {
  if (program->count >= FILTER_CAPACITY) return;
  program->code[program->count++] = (struct sock_filter){code, yes, no, value};
}

static void load(filter_program *program, unsigned offset) { add(program, BPF_LD | BPF_W | BPF_ABS, offset, 0, 0); }

static void give(filter_program *program, unsigned action) { add(program, BPF_RET | BPF_K, action, 0, 0); }

/// Skips `no` instructions if the loaded value is another one.
static void unless_equal(filter_program *program, unsigned value, unsigned char no) {
  add(program, BPF_JMP | BPF_JEQ | BPF_K, value, 0, no);
}

/// Leaves the call's number loaded; other architectures' calls get `foreign`.
static void begin(filter_program *program, unsigned foreign) {
  program->count = 0;
  load(program, offsetof(struct seccomp_data, arch));
  add(program, BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
  give(program, foreign);
  load(program, offsetof(struct seccomp_data, nr));
#if defined(__x86_64__)
  add(program, BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1);
  give(program, foreign);
#endif
}

static void on_call(filter_program *program, unsigned call, unsigned action) {
  unless_equal(program, call, 1);
  give(program, action);
}

/// Sockets of families other than `free` and `free_too`.
static void on_socket(filter_program *program, unsigned free, unsigned free_too, unsigned action) {
  unless_equal(program, __NR_socket, 5);
  load(program, LOW_HALF(0));
  add(program, BPF_JMP | BPF_JEQ | BPF_K, free, 1, 0);
  unless_equal(program, free_too, 1);
  give(program, SECCOMP_RET_ALLOW);
  give(program, action);
}

/// A sendto without an address goes where connect led.
static void on_send_to(filter_program *program, unsigned action) {
  unless_equal(program, __NR_sendto, 6);
  load(program, LOW_HALF(4));
  unless_equal(program, 0, 3);
  load(program, HIGH_HALF(4));
  unless_equal(program, 0, 1);
  give(program, SECCOMP_RET_ALLOW);
  give(program, action);
}

/// New user namespaces give new capabilities. The flags of clone3 lie in memory, where no filter can look; the C
/// library takes clone where clone3 does not exist.
static void refuse_user_namespaces(filter_program *program) {
  on_call(program, __NR_clone3, REFUSED(ENOSYS));
  unless_equal(program, __NR_clone, 4);
  load(program, LOW_HALF(0));
  add(program, BPF_JMP | BPF_JSET | BPF_K, CLONE_NEWUSER, 0, 1);
  give(program, REFUSED(EPERM));
  give(program, SECCOMP_RET_ALLOW);
}

/// A further filter's refusal would go before the listener, so calls would pass unseen. EBUSY is what the kernel says
/// where there is a listener already; whoever wants less than this one gives need not have a filter of his own.
static void refuse_filters(filter_program *program) {
  on_call(program, __NR_seccomp, REFUSED(EBUSY));
  unless_equal(program, __NR_prctl, 4);
  load(program, LOW_HALF(0));
  unless_equal(program, PR_SET_SECCOMP, 1);
  give(program, REFUSED(EBUSY));
  give(program, SECCOMP_RET_ALLOW);
}

void filter_make_recording(filter_program *program) {
  static const unsigned told[] = {
#ifdef __NR_open
      __NR_open,
#endif
#ifdef __NR_creat
      __NR_creat,
#endif
      __NR_openat, __NR_openat2, __NR_execve, __NR_execveat, __NR_connect, __NR_sendmsg, __NR_sendmmsg,
  };
  static const unsigned refused[] = {
      __NR_mount,   __NR_umount2, __NR_pivot_root, __NR_chroot, __NR_unshare,           __NR_setns,
      __NR_fsopen,  __NR_fsmount, __NR_open_tree,  __NR_move_mount, __NR_mount_setattr, __NR_open_by_handle_at,
  };
  begin(program, SECCOMP_RET_KILL_PROCESS);
  for (size_t index = 0; index < sizeof told / sizeof *told; index++) {
    on_call(program, told[index], SECCOMP_RET_USER_NOTIF);
  }
  on_socket(program, AF_UNIX, AF_UNIX, SECCOMP_RET_USER_NOTIF);
  on_send_to(program, SECCOMP_RET_USER_NOTIF);
  // What goes through a ring is seen by no filter. Programs that know rings can do without.
  on_call(program, __NR_io_uring_setup, REFUSED(ENOSYS));
  for (size_t index = 0; index < sizeof refused / sizeof *refused; index++) {
    on_call(program, refused[index], REFUSED(EPERM));
  }
  refuse_user_namespaces(program);
  refuse_filters(program);
  give(program, SECCOMP_RET_ALLOW);
}

void filter_make_refusing(filter_program *program) {
  begin(program, REFUSED(ENOSYS));
  on_socket(program, AF_UNIX, AF_NETLINK, REFUSED(EACCES));
  on_call(program, __NR_io_uring_setup, REFUSED(ENOSYS));
  give(program, SECCOMP_RET_ALLOW);
}

int filter_install(const filter_program *program, unsigned int flags) {
  struct sock_fprog code = {program->count, (struct sock_filter *)program->code};
  return (int)syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, flags, &code);
}

int galley_network_refuse(int all_threads) {
  filter_program program;
  filter_make_refusing(&program);
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
  int result = filter_install(&program, all_threads ? SECCOMP_FILTER_FLAG_TSYNC : 0);
  if (result < 0) return errno;
  // The number of a thread that could not follow.
  return result > 0 ? ESRCH : 0;
}
