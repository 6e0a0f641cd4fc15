"""Tests of the kit's own pages. A fork need not keep them: kit_pages.py says how a page leaves."""

from collections.abc import Generator

import pytest
from kit_pages import MARK


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        report.sections.append(("Is the page yours now?", f"Then delete its line\n{MARK}"))
    return report
