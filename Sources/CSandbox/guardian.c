// Part of Galley, licensed under the Apache License 2.0. See LICENSE.
//
// The guardian has no filter, so it can pass the listener on; the program's process shares its descriptors until then.

#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "guardian.h"
#include "numbers.h"

static void say(const guardian_word *word, int listener) {
  char space[CMSG_SPACE(sizeof(int))] __attribute__((aligned(_Alignof(struct cmsghdr)))) = {0};
  struct iovec part = {(void *)word, sizeof *word};
  struct msghdr header = {0};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (listener >= 0) {
    header.msg_control = space;
    header.msg_controllen = sizeof space;
    struct cmsghdr *item = CMSG_FIRSTHDR(&header);
    item->cmsg_level = SOL_SOCKET;
    item->cmsg_type = SCM_RIGHTS;
    item->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(item), &listener, sizeof listener);
  }
  while (sendmsg(CONTROL_DESCRIPTOR, &header, MSG_NOSIGNAL) < 0 && errno == EINTR) {}
}

static void say_failure(int step, int number, int index) {
  guardian_word word = {.kind = GUARDIAN_REPORT};
  word.report.kind = GALLEY_REPORT_FAILED;
  word.report.step = step;
  word.report.number = number;
  word.report.index = index;
  say(&word, -1);
}

static void fail(int step, int number, int index) __attribute__((noreturn));
static void fail(int step, int number, int index) {
  say_failure(step, number, index);
  _exit(127);
}

void close_from(int first) {
  if (syscall(__NR_close_range, (unsigned)first, ~0U, 0) == 0) return;
  struct rlimit limit = {1024, 1024};
  getrlimit(RLIMIT_NOFILE, &limit);
  for (int descriptor = first; descriptor < (int)limit.rlim_cur; descriptor++) close(descriptor);
}

/// The streams at 0, 1, 2 and the control socket at its place; nothing else of the starter's stays open.
static int place_descriptors(const galley_sandbox_plan *plan, int control) {
  int wanted[] = {plan->input, plan->output, plan->error, control};
  for (int index = 0; index < 4; index++) {
    // First out of the way of the places.
    wanted[index] = fcntl(wanted[index], F_DUPFD, 16);
    if (wanted[index] < 0) return -1;
  }
  for (int index = 3; index >= 0; index--) {
    if (dup2(wanted[index], index) < 0) return -1;
  }
  close_from(FIRST_FREE_DESCRIPTOR);
  return fcntl(CONTROL_DESCRIPTOR, F_SETFD, FD_CLOEXEC);
}

static int write_file(const char *path, const char *text) {
  int file = open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return -1;
  ssize_t count = write(file, text, strlen(text));
  int number = errno;
  close(file);
  errno = number;
  return count < 0 ? -1 : 0;
}

/// "N N 1": the starter's number is the same inside.
static void identity_line(char *line, unsigned number) {
  char digits[16];
  int at = (int)sizeof digits - 1;
  digits[at] = 0;
  do digits[--at] = (char)('0' + number % 10);
  while ((number /= 10) > 0);
  strcpy(line, digits + at);
  strcat(line, " ");
  strcat(line, digits + at);
  strcat(line, " 1");
}

static int map_user(guardian_identity identity) {
  char user[40], group[40];
  identity_line(user, identity.user);
  identity_line(group, identity.group);
  // The group may be mapped only by those who can't change their groups any more (user_namespaces(7)).
  if (write_file("/proc/self/setgroups", "deny") != 0) return -1;
  if (write_file("/proc/self/gid_map", group) != 0) return -1;
  return write_file("/proc/self/uid_map", user);
}

/// Kills what became this process's child because its own parent is gone, until nothing is left.
static void end_descendants(void) {
  for (;;) {
    int file = open("/proc/thread-self/children", O_RDONLY | O_CLOEXEC);
    // A kernel without that list (CONFIG_PROC_CHILDREN) lets them go on.
    if (file < 0) return;
    char list[4096];
    ssize_t count = read(file, list, sizeof list - 1);
    close(file);
    list[count > 0 ? count : 0] = 0;
    for (char *at = list; *at;) {
      char *end = at;
      pid_t process = (pid_t)strtol(at, &end, 10);
      if (end == at) break;
      if (process > 1) kill(process, SIGKILL);
      at = end;
      while (*at == ' ') at++;
    }
    if (waitpid(-1, NULL, 0) < 0 && errno == ECHILD) return;
  }
}

static void finish(const galley_sandbox_plan *plan) __attribute__((noreturn));
static void finish(const galley_sandbox_plan *plan) {
  // A PID namespace ends with its first process.
  if (!(plan->separation & GALLEY_SANDBOX_NAMESPACES)) end_descendants();
  _exit(0);
}

/// Forwards what the program's process could not do.
static void hear_child(int channel) {
  child_word word;
  if (channel >= 0 && recv(channel, &word, sizeof word, MSG_DONTWAIT) == (ssize_t)sizeof word) {
    say_failure(word.step, word.number, word.index);
  }
}

static void say_end(int status, const struct rusage *usage) {
  guardian_word word = {.kind = GUARDIAN_REPORT};
  word.report.kind = GALLEY_REPORT_ENDED;
  word.report.status = status;
  word.report.user_time = (int64_t)usage->ru_utime.tv_sec * 1000000 + usage->ru_utime.tv_usec;
  word.report.system_time = (int64_t)usage->ru_stime.tv_sec * 1000000 + usage->ru_stime.tv_usec;
  word.report.peak_memory = (int64_t)usage->ru_maxrss * 1024;
  say(&word, -1);
}

/// Reaps whoever ended; ends with the program, or when the starter lets go of the control socket.
static void guard(const galley_sandbox_plan *plan, pid_t child, int channel) __attribute__((noreturn));
static void guard(const galley_sandbox_plan *plan, pid_t child, int channel) {
  sigset_t ended;
  sigemptyset(&ended);
  sigaddset(&ended, SIGCHLD);
  int signals = signalfd(-1, &ended, SFD_CLOEXEC | SFD_NONBLOCK);
  for (;;) {
    int status;
    struct rusage usage;
    pid_t process;
    while ((process = wait4(-1, &status, WNOHANG, &usage)) > 0) {
      if (process != child) continue;
      hear_child(channel);
      say_end(status, &usage);
      finish(plan);
    }
    struct pollfd set[] = {{CONTROL_DESCRIPTOR, 0, 0}, {signals, POLLIN, 0}};
    // Without a signal descriptor the guardian looks now and then.
    poll(set, 2, signals < 0 ? 10 : -1);
    if (set[0].revents != 0) finish(plan);
    struct signalfd_siginfo information;
    while (signals >= 0 && read(signals, &information, sizeof information) > 0) {}
  }
}

/// Hands the listener to the starter and keeps nothing that belongs to the program.
static void let_go(pid_t child, int channel, int others_end) {
  child_word word;
  ssize_t count;
  do count = read(channel, &word, sizeof word);
  while (count < 0 && errno == EINTR);
  if (count != (ssize_t)sizeof word) fail(GALLEY_STEP_CHANNEL, ECHILD, 0);
  if (word.step != GALLEY_STEP_NONE) fail(word.step, word.number, word.index);
  guardian_word ready = {.kind = GUARDIAN_READY};
  say(&ready, word.listener);
  if (unshare(CLONE_FILES) != 0 || give_up_privileges() != 0) {
    kill(child, SIGKILL);
    fail(GALLEY_STEP_PRIVILEGES, errno, 0);
  }
  for (int descriptor = 0; descriptor < CONTROL_DESCRIPTOR; descriptor++) close(descriptor);
  close(others_end);
  if (word.listener >= 0) close(word.listener);
  char go = 1;
  while (write(channel, &go, 1) < 0 && errno == EINTR) {}
}

void guardian_run(const galley_sandbox_plan *plan, guardian_identity identity, int control) {
  if (place_descriptors(plan, control) != 0) {
    // The control socket may not be at its place.
    _exit(127);
  }
  signal(SIGCHLD, SIG_DFL);
  prctl(PR_SET_NAME, "galley-guardian");
  if (plan->separation & GALLEY_SANDBOX_USER_NAMESPACE && map_user(identity) != 0) {
    fail(GALLEY_STEP_USER_MAP, errno, 0);
  }
  if (plan->separation & GALLEY_SANDBOX_NAMESPACES) {
    int index = 0;
    int step = root_build(plan, &index);
    if (step != GALLEY_STEP_NONE) fail(step, errno, index);
  } else {
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
  }
  // The program must not be able to act through its guardian.
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  int channel[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel) != 0) fail(GALLEY_STEP_CHANNEL, errno, 0);
  pid_t child = (pid_t)syscall(__NR_clone, CLONE_FILES | SIGCHLD, NULL, NULL, NULL, NULL);
  if (child == 0) child_run(plan, channel[1]);
  if (child < 0) fail(GALLEY_STEP_CLONE, errno, 0);
  let_go(child, channel[0], channel[1]);
  guard(plan, child, channel[0]);
}
