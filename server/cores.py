"""How many threads compute: cores that are fast, that this process may use, and that nobody else pays for."""

import math
import os
import subprocess
import sys
from pathlib import Path

import psutil

SYSTEM = Path("/sys")


def default_threads() -> int:
    """One a physical core; at a barrier all wait for the slowest, so slow cores and second threads only hold up."""
    processors = allowed()
    counts = [len(processors), _quota(), _performance_cores(processors) or psutil.cpu_count(logical=False)]
    return max(1, min(count for count in counts if count))


def physical_cores() -> int:
    """Of all kinds, that this process may use."""
    processors = len(allowed())
    logical, physical = os.cpu_count() or processors, psutil.cpu_count(logical=False) or processors
    return max(1, processors * min(logical, physical) // logical)


def allowed() -> set[int]:
    """The logical processors of this process's affinity."""
    return os.sched_getaffinity(0) if sys.platform == "linux" else set(range(os.cpu_count() or 1))


def _quota() -> int | None:
    """Whole processors that a container's limit of CPU time comes to (cgroup v2, then v1); None without one."""
    group = SYSTEM / "fs" / "cgroup"
    try:
        quota, period = (group / "cpu.max").read_text(encoding="ascii").split()
    except (OSError, ValueError):
        try:
            quota, period = (
                (group / "cpu" / f"cpu.cfs_{part}_us").read_text(encoding="ascii").strip()
                for part in ("quota", "period")
            )
        except OSError:
            return None
    return math.ceil(int(quota) / int(period)) if quota.lstrip("-").isdigit() and int(quota) > 0 else None


def _performance_cores(allowed: set[int]) -> int | None:
    """Fast cores of a processor that has slow ones too; None where all are alike, or nobody tells."""
    if sys.platform == "darwin":
        told = subprocess.run(
            ["/usr/sbin/sysctl", "-n", "hw.perflevel0.physicalcpu"], capture_output=True, encoding="ascii"
        ).stdout.strip()
        return int(told) if told.isdigit() else None
    # Linux names Intel's kinds of cores as two devices.
    fast = SYSTEM / "devices" / "cpu_core" / "cpus"
    if not fast.exists():
        return None
    processors = _listed(fast.read_text(encoding="ascii")) & allowed
    return len({_core(processor) for processor in processors})


def _listed(text: str) -> set[int]:
    """`0-3,8` as a set."""
    ends = [part.partition("-") for part in text.strip().split(",") if part]
    return {number for first, _, last in ends for number in range(int(first), int(last or first) + 1)}


def _core(processor: int) -> tuple[str, str]:
    """Which core of which package a logical processor belongs to."""
    topology = SYSTEM / "devices" / "system" / "cpu" / f"cpu{processor}" / "topology"
    package, core = (
        (topology / name).read_text(encoding="ascii").strip() for name in ("physical_package_id", "core_id")
    )
    return package, core
