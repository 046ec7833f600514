// Part of Galley, licensed under the Apache License 2.0. See LICENSE.

#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "internal.h"
#include "numbers.h"

#ifndef SECCOMP_USER_NOTIF_FLAG_CONTINUE
#define SECCOMP_USER_NOTIF_FLAG_CONTINUE 1
#endif

/// Room for what a newer kernel may add to the structures.
typedef union {
  struct seccomp_notif notice;
  struct seccomp_notif_resp answer;
  char room[1024];
} exchange;

static void take(galley_notice *notice, int call, int descriptor, uint64_t address, int flags, uint64_t extra) {
  notice->call = call;
  notice->descriptor = descriptor;
  notice->address = address;
  notice->flags = flags;
  notice->extra = extra;
}

static void understand(galley_notice *notice, const struct seccomp_data *data) {
  const __u64 *a = data->args;
  notice->family = 0;
  switch (data->nr) {
#ifdef __NR_open
    case __NR_open: return take(notice, GALLEY_CALL_OPEN, AT_FDCWD, a[0], (int)a[1], 0);
#endif
#ifdef __NR_creat
    case __NR_creat: return take(notice, GALLEY_CALL_OPEN, AT_FDCWD, a[0], O_CREAT | O_WRONLY | O_TRUNC, 0);
#endif
    case __NR_openat: return take(notice, GALLEY_CALL_OPEN, (int)a[0], a[1], (int)a[2], 0);
    case __NR_openat2: return take(notice, GALLEY_CALL_OPEN_HOW, (int)a[0], a[1], 0, a[2]);
    case __NR_execve: return take(notice, GALLEY_CALL_EXECUTE, AT_FDCWD, a[0], 0, 0);
    case __NR_execveat: return take(notice, GALLEY_CALL_EXECUTE, (int)a[0], a[1], (int)a[4], 0);
    case __NR_connect: return take(notice, GALLEY_CALL_CONNECT, (int)a[0], a[1], 0, a[2] & 0xffffffffU);
    case __NR_sendto: return take(notice, GALLEY_CALL_SEND_TO, (int)a[0], a[4], 0, a[5] & 0xffffffffU);
    case __NR_sendmsg: return take(notice, GALLEY_CALL_SEND_MESSAGE, (int)a[0], a[1], 0, 1);
    case __NR_sendmmsg: return take(notice, GALLEY_CALL_SEND_MESSAGES, (int)a[0], a[1], 0, a[2] & 0xffffffffU);
    case __NR_socket:
      take(notice, GALLEY_CALL_SOCKET, (int)a[2], 0, (int)a[1], 0);
      notice->family = (int)a[0];
      return;
    default: return take(notice, GALLEY_CALL_UNKNOWN, -1, 0, 0, 0);
  }
}

int galley_notice_receive(int listener, galley_notice *notice) {
  exchange space;
  // The kernel refuses a structure that is not all zero.
  memset(&space, 0, sizeof space);
  if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &space.notice) != 0) return errno;
  notice->id = space.notice.id;
  notice->thread = (pid_t)space.notice.pid;
  understand(notice, &space.notice.data);
  return 0;
}

int galley_notice_answer(int listener, uint64_t id, int number) {
  exchange space;
  memset(&space, 0, sizeof space);
  space.answer.id = id;
  space.answer.error = -number;
  space.answer.flags = number == 0 ? SECCOMP_USER_NOTIF_FLAG_CONTINUE : 0;
  return ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &space.answer) == 0 ? 0 : errno;
}

int galley_notice_is_valid(int listener, uint64_t id) {
  return ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

ssize_t galley_memory_read(pid_t process, uint64_t address, void *buffer, size_t count) {
  struct iovec here = {buffer, count}, there = {(void *)(uintptr_t)address, count};
  return process_vm_readv(process, &here, 1, &there, 1, 0);
}

ssize_t galley_memory_read_text(pid_t process, uint64_t address, char *buffer, size_t capacity) {
  size_t length = 0;
  while (length < capacity) {
    // Never beyond a page that may be the last one.
    size_t piece = 256 - (size_t)((address + length) % 256);
    if (piece > capacity - length) piece = capacity - length;
    ssize_t count = galley_memory_read(process, address + length, buffer + length, piece);
    if (count <= 0) return -1;
    char *end = memchr(buffer + length, 0, (size_t)count);
    if (end) return end - buffer;
    length += (size_t)count;
  }
  errno = ENAMETOOLONG;
  return -1;
}

// From <linux/openat2.h>, which older headers lack.
struct open_instructions {
  uint64_t flags, mode, resolve;
};
enum { RESOLVE_INSIDE_ROOT = 0x10 };

int galley_root_open(pid_t process) {
  char path[40];
  snprintf(path, sizeof path, "/proc/%d/root", process);
  return open(path, O_PATH | O_CLOEXEC);
}

ssize_t galley_path_resolve(int root, const char *path, char *buffer, size_t capacity) {
  struct open_instructions how = {O_PATH | O_CLOEXEC, 0, root >= 0 ? RESOLVE_INSIDE_ROOT : 0};
  long file = syscall(__NR_openat2, root >= 0 ? root : AT_FDCWD, path, &how, sizeof how);
  if (file < 0) return -1;
  char link[40];
  snprintf(link, sizeof link, "/proc/self/fd/%ld", file);
  ssize_t count = readlink(link, buffer, capacity);
  int number = errno;
  close((int)file);
  errno = number;
  return count;
}

/// The process that a thread belongs to, for calls that take nothing else; 0 if it is gone.
static pid_t process_of(pid_t thread) {
  char path[40], text[512];
  snprintf(path, sizeof path, "/proc/%d/status", thread);
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) return 0;
  ssize_t count = read(file, text, sizeof text - 1);
  close(file);
  text[count > 0 ? count : 0] = 0;
  const char *line = strstr(text, "\nTgid:");
  int process = 0;
  return line && sscanf(line, "\nTgid: %d", &process) == 1 ? process : 0;
}

int galley_socket_protocol(pid_t process, int descriptor) {
  long handle = syscall(__NR_pidfd_open, process_of(process), 0);
  if (handle < 0) return -1;
  long socket = syscall(__NR_pidfd_getfd, handle, descriptor, 0);
  close((int)handle);
  if (socket < 0) return -1;
  int protocol = -1;
  socklen_t size = sizeof protocol;
  if (getsockopt((int)socket, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) != 0) protocol = -1;
  close((int)socket);
  return protocol;
}
