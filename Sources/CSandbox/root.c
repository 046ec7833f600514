// Part of Galley, licensed under the Apache License 2.0. See LICENSE.
//
// The new root folder, in memory. The old root moves into a hidden folder of the new one, so that everything in it can
// be bound, even what lay under the folder that the new root was mounted on; then it is let go of.

#define _GNU_SOURCE

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "internal.h"
#include "numbers.h"

#define OUTSIDE ".outside"

// From <linux/mount.h>, which can't be included beside <sys/mount.h> everywhere.
struct mount_attributes {
  uint64_t set, clear, propagation, user_namespace;
};
enum { ATTRIBUTE_READ_ONLY = 1, ATTRIBUTE_NO_SUID = 2, ATTRIBUTE_NO_DEVICES = 4 };
#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

/// Writes two texts after each other; -1 if they are too long.
static int join(char *buffer, const char *first, const char *second) {
  size_t start = strlen(first), rest = strlen(second);
  if (start + rest >= PATH_MAX) {
    errno = ENAMETOOLONG;
    return -1;
  }
  memcpy(buffer, first, start);
  memcpy(buffer + start, second, rest + 1);
  return 0;
}

static int make_folder(const char *path) { return mkdir(path, 0755) == 0 || errno == EEXIST ? 0 : -1; }

/// Makes the folders above a path.
static int make_parents(const char *path) {
  char buffer[PATH_MAX];
  if (join(buffer, path, "") != 0) return -1;
  for (char *slash = strchr(buffer + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
    *slash = 0;
    int failed = make_folder(buffer);
    *slash = '/';
    if (failed) return -1;
  }
  return 0;
}

static int make_file(const char *path) {
  struct stat status;
  if (stat(path, &status) == 0) return 0;
  int file = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
  return file < 0 ? -1 : close(file);
}

/// Flags of a mount that must be named again when it is mounted anew.
static unsigned long present_flags(const char *path) {
  struct statfs status;
  if (statfs(path, &status) != 0) return 0;
  // The kernel gives ST_ flags; those up to ST_NOEXEC have the numbers of the MS_ flags.
  unsigned long flags = status.f_flags & (MS_NOSUID | MS_NODEV | MS_NOEXEC);
  if (status.f_flags & 0x400) flags |= MS_NOATIME;
  if (status.f_flags & 0x800) flags |= MS_NODIRATIME;
  if (status.f_flags & 0x1000) flags |= MS_RELATIME;
  return flags;
}

static int restrict_mount(const char *path, int kind) {
  if (kind == GALLEY_MOUNT_DEVICE) return 0;
  int read_only = kind == GALLEY_MOUNT_READ_ONLY;
  struct mount_attributes attributes = {
      ATTRIBUTE_NO_SUID | ATTRIBUTE_NO_DEVICES | (read_only ? ATTRIBUTE_READ_ONLY : 0), 0, 0, 0};
  if (syscall(__NR_mount_setattr, AT_FDCWD, path, AT_RECURSIVE, &attributes, sizeof attributes) == 0) return 0;
  if (errno != ENOSYS) return -1;
  unsigned long flags = MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NODEV | present_flags(path);
  return mount(NULL, path, NULL, flags | (read_only ? MS_RDONLY : 0), NULL);
}

static int bind_mount(const galley_sandbox_mount *wanted) {
  char source[PATH_MAX];
  struct stat status;
  if (!wanted->source || join(source, "/" OUTSIDE, wanted->source) != 0 || stat(source, &status) != 0) return -1;
  if ((S_ISDIR(status.st_mode) ? make_folder(wanted->target) : make_file(wanted->target)) != 0) return -1;
  if (mount(source, wanted->target, NULL, MS_BIND | MS_REC, NULL) != 0) return -1;
  return restrict_mount(wanted->target, wanted->kind);
}

static int mount_temporary(const galley_sandbox_mount *wanted) {
  char options[64] = "mode=1777";
  if (wanted->size > 0) {
    // Digits by hand: the standard library's formatting may take locks.
    char digits[24];
    int at = (int)sizeof digits - 1;
    digits[at] = 0;
    for (uint64_t rest = wanted->size; rest > 0; rest /= 10) digits[--at] = (char)('0' + rest % 10);
    strcat(options, ",size=");
    strcat(options, digits + at);
  }
  if (make_folder(wanted->target) != 0) return -1;
  return mount("tmpfs", wanted->target, "tmpfs", MS_NOSUID | MS_NODEV, options);
}

static int mount_processes(const galley_sandbox_mount *wanted) {
  if (make_folder(wanted->target) != 0) return -1;
  return mount("proc", wanted->target, "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL);
}

static int mount_one(const galley_sandbox_mount *wanted) {
  if (make_parents(wanted->target) != 0) return -1;
  switch (wanted->kind) {
    case GALLEY_MOUNT_READ_ONLY:
    case GALLEY_MOUNT_READ_WRITE:
    case GALLEY_MOUNT_DEVICE: return bind_mount(wanted);
    case GALLEY_MOUNT_TEMPORARY: return mount_temporary(wanted);
    case GALLEY_MOUNT_PROCESSES: return mount_processes(wanted);
    case GALLEY_MOUNT_LINK: return wanted->source ? symlink(wanted->source, wanted->target) : -1;
    default: errno = EINVAL; return -1;
  }
}

/// The empty folder in memory becomes the root; the old root lies in it.
static int enter(const char *base) {
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) return -1;
  if (mount("tmpfs", base, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=64m") != 0) return -1;
  if (chdir(base) != 0 || mkdir(OUTSIDE, 0700) != 0) return -1;
  if (syscall(__NR_pivot_root, ".", OUTSIDE) != 0) return -1;
  return chdir("/");
}

static int leave_outside(void) {
  if (umount2("/" OUTSIDE, MNT_DETACH) != 0 || rmdir("/" OUTSIDE) != 0) return -1;
  return mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV, NULL);
}

int root_build(const galley_sandbox_plan *plan, int *index) {
  mode_t mask = umask(0);
  if (enter(plan->base) != 0) return GALLEY_STEP_ROOT;
  for (size_t position = 0; position < plan->mount_count; position++) {
    *index = (int)position;
    if (mount_one(&plan->mounts[position]) != 0) {
      return plan->mounts[position].kind == GALLEY_MOUNT_PROCESSES ? GALLEY_STEP_PROCESSES : GALLEY_STEP_MOUNT;
    }
  }
  umask(mask);
  return leave_outside() == 0 ? GALLEY_STEP_NONE : GALLEY_STEP_ROOT;
}
