"""What the processor can do, before code that needs it runs: an unknown instruction ends the process without a word."""

import ctypes
import platform
import subprocess
import sys
from pathlib import Path

CPUINFO = Path("/proc/cpuinfo")
# What the carriers are compiled for on x86-64. All processors with AVX2 have the rest; virtual ones may hide some.
NEEDED = {"avx2", "bmi2", "f16c", "fma"}
# What they leave idle, and a library compiled here does not: it multiplies 8-bit numbers at twice the pace.
IDLE = {"avx512_vnni"}
# winnt.h
PF_AVX2_INSTRUCTIONS_AVAILABLE = 40


def missing_features() -> list[str]:
    """What an x86-64 lacks of the instructions that the carriers use; none where the system does not tell."""
    if platform.machine() not in ("x86_64", "AMD64"):
        return []
    if sys.platform == "win32":
        has_avx2 = bool(ctypes.windll.kernel32.IsProcessorFeaturePresent(PF_AVX2_INSTRUCTIONS_AVAILABLE))
        return [] if has_avx2 else ["avx2"]
    if sys.platform == "darwin":
        command = ["/usr/sbin/sysctl", "-n", "hw.optional.avx2_0"]
        told = subprocess.run(command, capture_output=True, encoding="ascii")
        return ["avx2"] if told.stdout.strip() == "0" else []
    flags = _flags()
    return sorted(NEEDED - flags) if flags else []


def idle_features() -> list[str]:
    """What an x86-64 has that the carriers do not use and that would make prompts faster; Linux tells."""
    return sorted(IDLE & _flags()) if sys.platform == "linux" else []


def _flags() -> set[str]:
    try:
        lines = CPUINFO.read_text(encoding="utf-8").splitlines()
    except OSError:
        return set()
    return next((set(line.split()) for line in lines if line.startswith("flags")), set())
