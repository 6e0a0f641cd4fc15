"""Threads are as many as find a core that no other program holds."""

import subprocess
import sys
import time
from types import SimpleNamespace

import psutil
import pytest

from server import free_cores
from server.cores import physical_cores
from server.free_cores import FreeCores


class Machine:
    """Four cores, and the seconds that they, and the thread that computes on one of them, have worked."""

    def __init__(self) -> None:
        self.now = self.busy = self.computed = 0.0

    def cpu_times(self, percpu: bool) -> list[SimpleNamespace]:
        return [SimpleNamespace(user=self.busy / 4, idle=9.0)] * 4

    def pass_by(self, seconds: float, own: float, others: float, threads: int = 4) -> None:
        """`own` are the cores that so many threads keep busy together, `others` those of everything else."""
        self.now += seconds
        self.busy += (own + others) * seconds
        self.computed += own / threads * seconds


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()
    monkeypatch.setattr(free_cores, "allowed", lambda: {0, 1, 2, 3})
    monkeypatch.setattr(free_cores, "physical_cores", lambda: 4)
    monkeypatch.setattr(free_cores.time, "monotonic", lambda: machine.now)
    monkeypatch.setattr(free_cores, "default_threads", lambda: 4)
    monkeypatch.setattr(free_cores.time, "thread_time", lambda: machine.computed)
    monkeypatch.setattr(psutil, "cpu_times", machine.cpu_times)
    return machine


@pytest.mark.parametrize(
    ("own", "others", "threads"),
    [(4, 0, 4), (0, 0, 4), (3.5, 0.3, 4), (3, 1, 3), (2, 1.9, 2), (0.1, 3.9, 1), (1, 5, 1)],
)
def test_a_core_that_another_program_holds_gets_no_thread(
    machine: Machine, own: float, others: float, threads: int
) -> None:
    cores = FreeCores()
    assert cores.count() == 4

    machine.pass_by(1, own, others)

    assert cores.count() == threads


def test_a_neighbour_who_leaves_gives_the_core_back(machine: Machine) -> None:
    cores = FreeCores()
    cores.count()
    machine.pass_by(2, 2, 2)
    busy = cores.count()
    machine.pass_by(1, 2, 0, threads=busy)

    assert (busy, cores.count()) == (2, 4)


def test_a_moment_is_no_neighbour(machine: Machine) -> None:
    cores = FreeCores()
    cores.count()
    machine.pass_by(0.2, 0, 4)

    assert cores.count() == 4


@pytest.mark.skipif(physical_cores() == 1, reason="a single core always computes")
def test_a_busy_program_is_noticed() -> None:
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as neighbour:
        try:
            cores = FreeCores()
            most = cores.count()
            end = time.monotonic() + 60
            while (count := cores.count()) == most and time.monotonic() < end:
                time.sleep(0.1)
            assert count < most
        finally:
            neighbour.kill()
