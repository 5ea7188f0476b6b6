"""Limits of memory for the reading child, by means of the operating system: a parser that runs wild
must not take the PC along."""

from __future__ import annotations

import sys

if sys.platform != "win32":
    import resource

MIB = 1 << 20


def limit_memory(megabytes: int) -> None:
    """Bind this process to so much memory; asking for more raises MemoryError or ends it."""
    if sys.platform == "win32":
        _limit_windows(megabytes)
    else:
        # RLIMIT_AS counts address space, of which an interpreter with its libraries takes about 150
        # MiB that it never touches.
        wanted = (megabytes + 150) * MIB
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        if hard != resource.RLIM_INFINITY:
            wanted = min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_AS, (wanted, hard))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if sys.platform == "win32":  # pragma: no cover
    import ctypes
    from ctypes import wintypes

    def _limit_windows(megabytes: int) -> None:
        """A job object with JOB_OBJECT_LIMIT_PROCESS_MEMORY around this process (winnt.h, since
        Windows 2000)."""

        class Basic(ctypes.Structure):
            _fields_ = (
                ("PerProcessUserTimeLimit", ctypes.c_int64),
                ("PerJobUserTimeLimit", ctypes.c_int64),
                ("LimitFlags", wintypes.DWORD), ("MinimumWorkingSetSize", ctypes.c_size_t),
                ("MaximumWorkingSetSize", ctypes.c_size_t), ("ActiveProcessLimit", wintypes.DWORD),
                ("Affinity", ctypes.c_size_t), ("PriorityClass", wintypes.DWORD),
                ("SchedulingClass", wintypes.DWORD),
            )  # fmt: skip

        class Extended(ctypes.Structure):
            _fields_ = (
                ("Basic", Basic), ("IoInfo", ctypes.c_uint64 * 6),
                ("ProcessMemoryLimit", ctypes.c_size_t), ("JobMemoryLimit", ctypes.c_size_t),
                ("PeakProcessMemoryUsed", ctypes.c_size_t), ("PeakJobMemoryUsed", ctypes.c_size_t),
            )  # fmt: skip

        kernel = ctypes.WinDLL(  # type: ignore[attr-defined,unused-ignore]
            "kernel32", use_last_error=True
        )
        kernel.CreateJobObjectW.restype = wintypes.HANDLE
        kernel.GetCurrentProcess.restype = wintypes.HANDLE
        job = kernel.CreateJobObjectW(None, None)
        limits = Extended()
        limits.Basic.LimitFlags = 0x100  # JOB_OBJECT_LIMIT_PROCESS_MEMORY
        limits.ProcessMemoryLimit = megabytes * MIB
        kernel.SetInformationJobObject(
            wintypes.HANDLE(job), 9, ctypes.byref(limits), ctypes.sizeof(limits)
        )
        kernel.AssignProcessToJobObject(
            wintypes.HANDLE(job), wintypes.HANDLE(kernel.GetCurrentProcess())
        )
