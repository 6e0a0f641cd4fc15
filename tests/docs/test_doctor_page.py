"""docs/doctor.md lists the faults that the tests inject."""

import re

import pytest
from kit_pages import ROOT, read


@pytest.mark.parametrize(("page", "language"), [("docs/doctor.md", "en"), ("docs/doctor.zh-CN.md", "zh")])
def test_every_fault_has_its_line(page: str, language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "tests" / "kit" / "doctor")
    from faults import FAULTS

    rows = re.findall(r"^\| (.+?) \| `([\w.]+)` \| .+ \|.*\|$", read(page), re.M)

    assert len(rows) >= 30
    assert rows == [(getattr(fault, language), fault.finding) for fault in FAULTS], "python docs/faults.py"
