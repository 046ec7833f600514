// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

#define _GNU_SOURCE

#include <errno.h>
#include <linux/capability.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "guardian.h"
#include "numbers.h"

#ifndef SECCOMP_FILTER_FLAG_NEW_LISTENER
#define SECCOMP_FILTER_FLAG_NEW_LISTENER (1UL << 3)
#endif
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

static void fail(int channel, int step, int index) __attribute__((noreturn));
static void fail(int channel, int step, int index) {
  child_word word = {step, errno, index, -1};
  while (write(channel, &word, sizeof word) < 0 && errno == EINTR) {}
  _exit(127);
}

int give_up_privileges(void) {
  // Fails beyond the last capability that the kernel knows, and for those who have none to give up.
  for (int capability = 0; capability < 64; capability++) {
    if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0) break;
  }
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return -1;
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}};
  return (int)syscall(__NR_capset, &header, none);
}

/// What the starter ignores or handles in its own way is not the program's.
static void reset_signals(void) {
  for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
}

static int set_limits(const galley_sandbox_plan *plan, int *index) {
  for (size_t position = 0; position < plan->limit_count; position++) {
    *index = (int)position;
    rlim_t value = plan->limits[position].value;
    struct rlimit limit = {value, value};
    struct rlimit present;
    if (getrlimit((__rlimit_resource_t)plan->limits[position].resource, &present) != 0) return -1;
    // Nobody may go above a hard limit that is already lower.
    if (present.rlim_max != RLIM_INFINITY && present.rlim_max < value) limit.rlim_cur = limit.rlim_max = present.rlim_max;
    if (setrlimit((__rlimit_resource_t)plan->limits[position].resource, &limit) != 0) return -1;
  }
  return 0;
}

/// Without the newest flag a handler that interrupts a call has it told of twice.
static int install_recording(void) {
  filter_program program;
  filter_make_recording(&program);
  int listener = filter_install(
      &program, SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV);
  if (listener >= 0 || errno != EINVAL) return listener;
  return filter_install(&program, SECCOMP_FILTER_FLAG_NEW_LISTENER);
}

void child_run(const galley_sandbox_plan *plan, int channel) {
  int index = 0;
  setsid();
  reset_signals();
  if (chdir(plan->folder) != 0) fail(channel, GALLEY_STEP_FOLDER, 0);
  if (give_up_privileges() != 0) fail(channel, GALLEY_STEP_PRIVILEGES, 0);
  // The supervisor reads the path that is executed from this memory.
  prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  child_word word = {GALLEY_STEP_NONE, 0, 0, -1};
  if (plan->separation & GALLEY_SANDBOX_LISTENER) {
    word.listener = install_recording();
    if (word.listener < 0) fail(channel, GALLEY_STEP_FILTER, 0);
  }
  char go = 0;
  if (write(channel, &word, sizeof word) != (ssize_t)sizeof word || read(channel, &go, 1) != 1) _exit(127);
  // Last, because what came before needs descriptors of its own.
  if (set_limits(plan, &index) != 0) fail(channel, GALLEY_STEP_LIMITS, index);
  if (!plan->program) _exit(0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  execve(plan->program, plan->arguments, plan->environment);
  fail(channel, GALLEY_STEP_PROGRAM, 0);
}
