# Part of Galley, licensed under the Apache License 2.0. See LICENSE.
"""The standard streams: taken for the protocol before anything else may write to them."""

import ctypes
import fcntl
import os
import signal
import sys
import traceback

PARENT = "GALLEY_WORKER_PARENT"
PR_SET_PDEATHSIG = 1
ORPHANED = 75
_library = None


def _die_with_parent():
    """Asks the kernel for SIGKILL when the client's thread ends, if the client promised that it lives long enough."""
    parent = os.environ.pop(PARENT, "")
    if not parent.isdigit() or int(parent) != os.getppid():
        return
    try:
        _library.prctl(PR_SET_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL), 0, 0, 0)
    except (AttributeError, TypeError):
        return
    # It may have died in between; then nobody would send the signal.
    if os.getppid() != int(parent):
        os._exit(ORPHANED)


def reserve():
    """Descriptors of the protocol; afterwards descriptor 0 is empty and 1 is the standard error, in C too."""
    global _library
    try:
        _library = ctypes.CDLL(None, use_errno=True)
    except OSError:
        _library = None
    _die_with_parent()
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    source = fcntl.fcntl(0, fcntl.F_DUPFD_CLOEXEC, 3)
    sink = fcntl.fcntl(1, fcntl.F_DUPFD_CLOEXEC, 3)
    empty = os.open(os.devnull, os.O_RDONLY)
    os.dup2(empty, 0)
    os.close(empty)
    os.dup2(2, 1)
    # A process that user code forks, such as a data loader's, must not keep the client waiting for the end.
    os.register_at_fork(after_in_child=lambda: _empty(source, sink))
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
        except (AttributeError, ValueError):
            pass
    return source, sink


def _empty(*descriptors):
    """Lets descriptors lead nowhere; closed, their numbers would be those of other files."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in descriptors:
        os.dup2(nothing, descriptor, inheritable=False)
    os.close(nothing)


def flush():
    """Brings what was printed, by Python or C, to the standard error now."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:  # It may be anything that user code has put there.
            pass
    if _library is not None:
        _library.fflush(None)


def trace():
    """Writes the exception that is handled to the standard error, whatever user code has made of that."""
    try:
        traceback.print_exc()
    except Exception:
        pass
