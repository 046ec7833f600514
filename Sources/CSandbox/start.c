// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <sched.h>
#include <unistd.h>

#include "guardian.h"
#include "numbers.h"

/// A copy of this process with one thread, as fork makes it, in new namespaces. It sends no signal when it ends, and
/// only a wait that asks for it sees it, so that nobody else's wait takes it.
static pid_t clone_guardian(int separation) {
  unsigned long flags = 0;
  if (separation & GALLEY_SANDBOX_USER_NAMESPACE) flags |= CLONE_NEWUSER;
  if (separation & GALLEY_SANDBOX_NAMESPACES) {
    flags |= CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS;
  }
  return (pid_t)syscall(__NR_clone, flags, NULL, NULL, NULL, NULL);
}

/// The guardian's first word, perhaps with the listener.
static int receive_first(int control, guardian_word *word, int *listener) {
  char space[CMSG_SPACE(sizeof(int))] __attribute__((aligned(_Alignof(struct cmsghdr))));
  struct iovec part = {word, sizeof *word};
  struct msghdr header = {0};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = space;
  header.msg_controllen = sizeof space;
  ssize_t count;
  do count = recvmsg(control, &header, MSG_CMSG_CLOEXEC);
  while (count < 0 && errno == EINTR);
  if (count != (ssize_t)sizeof *word) return -1;
  struct cmsghdr *item = CMSG_FIRSTHDR(&header);
  if (item && item->cmsg_level == SOL_SOCKET && item->cmsg_type == SCM_RIGHTS) {
    memcpy(listener, CMSG_DATA(item), sizeof *listener);
  }
  return 0;
}

static int fail(galley_sandbox_start_result *result, int step, int number, int index) {
  result->step = step;
  result->number = number;
  result->index = index;
  return -1;
}

static int await_guardian(galley_sandbox_start_result *result) {
  guardian_word word = {0};
  int answered = receive_first(result->control, &word, &result->listener) == 0;
  if (answered && word.kind == GUARDIAN_READY) return 0;
  if (result->listener >= 0) close(result->listener);
  close(result->control);
  galley_sandbox_reap(result->guardian);
  if (!answered) return fail(result, GALLEY_STEP_CHANNEL, ECHILD, 0);
  return fail(result, word.report.step, word.report.number, word.report.index);
}

int galley_sandbox_start(const galley_sandbox_plan *plan, galley_sandbox_start_result *result) {
  *result = (galley_sandbox_start_result){.guardian = -1, .listener = -1, .control = -1};
  int control[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, control) != 0) {
    return fail(result, GALLEY_STEP_CHANNEL, errno, 0);
  }
  // A new user namespace doesn't know these numbers any more.
  guardian_identity identity = {getuid(), getgid()};
  // No handler of this process may run in the copy.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_t guardian = clone_guardian(plan->separation);
  int number = errno;
  if (guardian == 0) guardian_run(plan, identity, control[1]);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  close(control[1]);
  if (guardian < 0) {
    close(control[0]);
    return fail(result, GALLEY_STEP_CLONE, number, 0);
  }
  result->guardian = guardian;
  result->control = control[0];
  return await_guardian(result);
}

int galley_sandbox_receive(int control, galley_sandbox_report *report) {
  guardian_word word;
  ssize_t count;
  do count = recv(control, &word, sizeof word, 0);
  while (count < 0 && errno == EINTR);
  if (count <= 0) return (int)count;
  if (count != (ssize_t)sizeof word) {
    errno = EBADMSG;
    return -1;
  }
  *report = word.report;
  return 1;
}

int galley_sandbox_reap(pid_t guardian) {
  pid_t ended;
  do ended = waitpid(guardian, NULL, __WALL);
  while (ended < 0 && errno == EINTR);
  return ended < 0 ? errno : 0;
}

int galley_memory_file(void) { return memfd_create("galley", MFD_CLOEXEC); }

int galley_growing_memory_file(void) {
  int file = memfd_create("galley", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (file < 0 || fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK) == 0) return file;
  int number = errno;
  close(file);
  errno = number;
  return -1;
}
