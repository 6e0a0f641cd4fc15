"""How many threads a machine gets, by what its system says of it."""

import sys
from pathlib import Path

import pytest

from server import cores

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads what Linux tells")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """16 logical processors on 8 cores, with nothing told of kinds or limits."""
    monkeypatch.setattr(cores, "SYSTEM", tmp_path)
    monkeypatch.setattr(cores, "allowed", lambda: set(range(16)))
    monkeypatch.setattr("psutil.cpu_count", lambda logical: 8)
    return tmp_path


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text + "\n", encoding="ascii")


def test_a_thread_a_physical_core(machine: Path) -> None:
    assert cores.default_threads() == 8


def test_no_more_than_the_process_may_use(machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "allowed", lambda: {2, 3})

    assert cores.default_threads() == 2


@pytest.mark.parametrize(
    ("limit", "threads"), [("200000 100000", 2), ("150000 100000", 2), ("50000 100000", 1), ("max 100000", 8)]
)
def test_a_container_computes_with_what_it_was_given(machine: Path, limit: str, threads: int) -> None:
    """A container with 2 of 16 processors computed with 8 threads, of which 6 always waited for their turn."""
    write(machine / "fs" / "cgroup" / "cpu.max", limit)

    assert cores.default_threads() == threads


@pytest.mark.parametrize(("quota", "threads"), [("300000", 3), ("-1", 8)])
def test_an_older_container_too(machine: Path, quota: str, threads: int) -> None:
    write(machine / "fs" / "cgroup" / "cpu" / "cpu.cfs_quota_us", quota)
    write(machine / "fs" / "cgroup" / "cpu" / "cpu.cfs_period_us", "100000")

    assert cores.default_threads() == threads


def test_slow_cores_hold_nobody_up(machine: Path) -> None:
    """Four fast cores with two threads each, and eight slow ones."""
    write(machine / "devices" / "cpu_core" / "cpus", "0-7")
    for processor in range(8):
        topology = machine / "devices" / "system" / "cpu" / f"cpu{processor}" / "topology"
        write(topology / "physical_package_id", "0")
        write(topology / "core_id", str(processor // 2))

    assert cores.default_threads() == 4
