// Part of Galley, licensed under the Apache License 2.0. See LICENSE.
//
// Starts a program in namespaces of its own with a root folder put together from given mounts, under a seccomp filter
// whose listener tells the starter of every file opened, program executed and connection attempted. Linux only; x86_64
// and aarch64. Between clone and exec only calls are made that are safe after a fork of a program with threads.
//
// A started program has a guardian: the first process of the new PID namespace, or without namespaces a subreaper. It
// reaps what the program leaves behind, says how the program ended, and ends everything with itself.

#ifndef GALLEY_SANDBOX_H
#define GALLEY_SANDBOX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#ifdef __clang__
#pragma clang assume_nonnull begin
#else
#define _Nullable
#define _Nonnull
#endif

/// What is mounted.
enum {
  /// A file or folder from outside, with everything mounted in it, read-only. Before Linux 5.12 only the topmost mount
  /// becomes read-only.
  GALLEY_MOUNT_READ_ONLY = 0,
  /// The same, writable.
  GALLEY_MOUNT_READ_WRITE = 1,
  /// A device node from outside.
  GALLEY_MOUNT_DEVICE = 2,
  /// An empty folder in memory that is writable for everyone.
  GALLEY_MOUNT_TEMPORARY = 3,
  /// The processes of the new PID namespace.
  GALLEY_MOUNT_PROCESSES = 4,
  /// No mount: a symbolic link whose text is `source`.
  GALLEY_MOUNT_LINK = 5
};

typedef struct {
  int kind;
  /// What is bound, without symbolic links in it; or the text of a link.
  const char *_Nullable source;
  /// Absolute path inside. Its folders are created.
  const char *target;
  /// Most bytes of a folder in memory; 0: what the kernel thinks fit.
  uint64_t size;
} galley_sandbox_mount;

typedef struct {
  /// `RLIMIT_…`
  int resource;
  uint64_t value;
} galley_sandbox_limit;

/// How a program is separated; bits.
enum {
  /// New mount, PID, network, IPC and UTS namespaces, and the root folder made of the mounts.
  GALLEY_SANDBOX_NAMESPACES = 1,
  /// A new user namespace, which allows them to those who aren't root.
  GALLEY_SANDBOX_USER_NAMESPACE = 2,
  /// The filter with its listener.
  GALLEY_SANDBOX_LISTENER = 4
};

typedef struct {
  int separation;
  /// Path inside; NULL: everything is set up, then the child ends with 0.
  const char *_Nullable program;
  char *_Nullable const *_Nonnull arguments;
  char *_Nullable const *_Nonnull environment;
  /// Working folder, inside.
  const char *folder;
  /// An existing folder on which the new root is built; what lies in it stays usable as a source of mounts.
  const char *base;
  const galley_sandbox_mount *_Nullable mounts;
  size_t mount_count;
  const galley_sandbox_limit *_Nullable limits;
  size_t limit_count;
  /// Descriptors for the standard streams.
  int input, output, error;
} galley_sandbox_plan;

/// What was being done when a start failed.
enum {
  GALLEY_STEP_NONE = 0,
  GALLEY_STEP_CHANNEL,
  GALLEY_STEP_CLONE,
  GALLEY_STEP_USER_MAP,
  GALLEY_STEP_STREAMS,
  GALLEY_STEP_ROOT,
  GALLEY_STEP_MOUNT,
  GALLEY_STEP_PROCESSES,
  GALLEY_STEP_FOLDER,
  GALLEY_STEP_LIMITS,
  GALLEY_STEP_PRIVILEGES,
  GALLEY_STEP_FILTER,
  GALLEY_STEP_PROGRAM
};

typedef struct {
  /// The guardian's process id; wait for it with `galley_sandbox_reap`.
  pid_t guardian;
  /// The filter's listener; -1 without one.
  int listener;
  /// Where the guardian reports; closing it ends everything.
  int control;
  /// What failed, the error number, and the index of the mount or limit; GALLEY_STEP_NONE if nothing did.
  int step, number, index;
} galley_sandbox_start_result;

/// Starts. Returns 0, or -1 with the step that failed; nothing is left behind then. The program itself is executed only
/// once the listener's notices are answered, so its own failure to start comes as a report.
int galley_sandbox_start(const galley_sandbox_plan *plan, galley_sandbox_start_result *result);

enum { GALLEY_REPORT_FAILED = 1, GALLEY_REPORT_ENDED = 2 };

typedef struct {
  int32_t kind;
  /// Of a failure.
  int32_t step, number, index;
  /// Of an end: as `waitpid` gives it.
  int32_t status;
  int32_t reserved;
  /// Processor time in microseconds, of the program and of those it waited for.
  int64_t user_time, system_time;
  /// Largest memory of one process, in bytes.
  int64_t peak_memory;
} galley_sandbox_report;

/// The guardian's next report: 1, 0 at the end, -1 with `errno`.
int galley_sandbox_receive(int control, galley_sandbox_report *report);

/// Waits until the guardian is gone, and with it, in a PID namespace, everything it guarded. Returns 0 or `errno`.
int galley_sandbox_reap(pid_t guardian);

/// An empty file in memory, without a name; -1 with `errno`.
int galley_memory_file(void);

/// The same; nobody can shorten it, so that it may be mapped by who doesn't trust those who have it too.
int galley_growing_memory_file(void);

// MARK: Notices

enum {
  GALLEY_CALL_OPEN = 1,
  GALLEY_CALL_OPEN_HOW,
  GALLEY_CALL_EXECUTE,
  GALLEY_CALL_SOCKET,
  GALLEY_CALL_CONNECT,
  GALLEY_CALL_SEND_TO,
  GALLEY_CALL_SEND_MESSAGE,
  GALLEY_CALL_SEND_MESSAGES,
  GALLEY_CALL_UNKNOWN
};

/// A call that waits for an answer.
typedef struct {
  uint64_t id;
  /// The calling thread.
  pid_t thread;
  int call;
  /// The folder's or the socket's descriptor; AT_FDCWD.
  int descriptor;
  /// Flags of an open or execveat; the type of a socket.
  int flags;
  /// The family of a socket.
  int family;
  /// Address of the path, of a message header or of a socket address, in the caller's memory.
  uint64_t address;
  /// Bytes of a socket address, number of headers, or address of `struct open_how`.
  uint64_t extra;
} galley_notice;

/// The next notice: 0, or `errno` (ENOENT: the caller is gone, ask again).
int galley_notice_receive(int listener, galley_notice *notice);

/// Lets the call go on if `number` is 0, has it fail with that error number otherwise.
int galley_notice_answer(int listener, uint64_t id, int number);

/// Whether the caller still waits, so that what was read of it was its own.
int galley_notice_is_valid(int listener, uint64_t id);

/// Copies at most `count` bytes of a process's memory; how many, or -1.
ssize_t galley_memory_read(pid_t process, uint64_t address, void *buffer, size_t count);

/// Copies a text with its NUL; its length, or -1 with `errno` (ENAMETOOLONG if it is longer than the buffer).
ssize_t galley_memory_read_text(pid_t process, uint64_t address, char *buffer, size_t capacity);

/// The root folder of a process, for `galley_path_resolve`; -1 with `errno`.
int galley_root_open(pid_t process);

/// Where a path leads inside `root` (-1: this process's own root), every link followed; the length, or -1 with `errno`.
ssize_t galley_path_resolve(int root, const char *path, char *buffer, size_t capacity);

/// The protocol of a socket of another process: IPPROTO_TCP, IPPROTO_UDP, …; -1 if the kernel doesn't tell.
int galley_socket_protocol(pid_t process, int descriptor);

// MARK: The latch

/// From now on the calling thread, the threads it starts and all their children can open no sockets but AF_UNIX and
/// AF_NETLINK ones: EACCES. It can't be undone. Also no privileges are gained by executing. With `all_threads` the
/// process's other threads too. Returns 0 or `errno`; EBUSY in a sandbox of this kind, which refuses further filters.
int galley_network_refuse(int all_threads);

#ifdef __clang__
#pragma clang assume_nonnull end
#endif

#endif
