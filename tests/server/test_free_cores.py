"""Threads are as many as find a core that no other program holds."""

import subprocess
import sys
import time
from types import SimpleNamespace

import psutil
import pytest

from server import free_cores
from server.free_cores import FreeCores


class Machine:
    """Four cores, of which this process and others have used so many seconds."""

    def __init__(self) -> None:
        self.now = self.own = self.others = 0.0

    def cpu_times(self, percpu: bool) -> list[SimpleNamespace]:
        return [SimpleNamespace(user=(self.own + self.others) / 4, idle=9.0)] * 4

    def pass_by(self, seconds: float, own: float, others: float) -> None:
        """`own` and `others` are cores in use."""
        self.now += seconds
        self.own += own * seconds
        self.others += others * seconds


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine()
    process = SimpleNamespace(cpu_times=lambda: SimpleNamespace(user=machine.own, system=0.0))
    monkeypatch.setattr(free_cores, "allowed", lambda: {0, 1, 2, 3})
    monkeypatch.setattr(free_cores, "physical_cores", lambda: 4)
    monkeypatch.setattr(free_cores.time, "monotonic", lambda: machine.now)
    monkeypatch.setattr(psutil, "Process", lambda: process)
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

    machine.pass_by(1, own, others)

    assert cores.count() == threads


def test_a_neighbour_who_leaves_gives_the_core_back(machine: Machine) -> None:
    cores = FreeCores()
    machine.pass_by(2, 2, 2)
    busy = cores.count()
    machine.pass_by(1, 2, 0)

    assert (busy, cores.count()) == (2, 4)


def test_a_moment_is_no_neighbour(machine: Machine) -> None:
    cores = FreeCores()
    machine.pass_by(0.2, 0, 4)

    assert cores.count() == 4


@pytest.mark.skipif(psutil.cpu_count(logical=False) == 1, reason="a single core always computes")
def test_a_busy_program_is_noticed() -> None:
    with subprocess.Popen([sys.executable, "-c", "while True: pass"]) as neighbour:
        try:
            cores = FreeCores()
            most = cores.count()
            end = time.monotonic() + 10
            while cores.count() == most and time.monotonic() < end:
                time.sleep(0.1)
            assert cores.count() < most
        finally:
            neighbour.kill()
