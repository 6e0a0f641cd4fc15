import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from unittest.mock import patch

import pytest
from faults import FAULTS, Fault
from world import World

from kit.doctor.finding import Finding
from kit.doctor.setup import Setup
from kit.language import CJK_CHARACTER


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    # What the doctor reads from .env it puts into the environment, as every program of the kit does.
    with patch.dict(os.environ), ExitStack() as stack, pytest.MonkeyPatch.context() as monkeypatch:
        yield World(tmp_path, monkeypatch, stack)


def found(fault: Fault, setup: Setup) -> list[Finding]:
    return [told for told in fault.check(setup) if told.code == fault.finding and told.level != "ok"]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_is_named_with_a_cure_that_works(world: World, fault: Fault) -> None:
    fault.inject(world)
    setup = Setup.read()
    told = found(fault, setup)

    assert any(fault.named in finding.en for finding in told), told
    assert all(CJK_CHARACTER.search(finding.zh) for finding in told)

    if fault.cure:
        fault.cure(world)
    else:
        for finding in told:
            assert finding.fix, "--fix is to do it"
            finding.fix()
    assert found(fault, Setup.read_again(setup)) == []
