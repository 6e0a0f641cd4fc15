"""What a processor lacks is told before anything needs it."""

import platform
import sys
from pathlib import Path

import pytest

from server.engine.library import processor


@pytest.fixture
def flags(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stands for /proc/cpuinfo of an x86-64."""
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(processor, "CPUINFO", tmp_path / "cpuinfo")
    return tmp_path / "cpuinfo"


def test_a_processor_without_avx2_is_told_before_it_dies_of_it(flags: Path) -> None:
    flags.write_text("processor : 0\nflags\t\t: fpu sse2 avx f16c\n", encoding="ascii")

    assert processor.missing_features() == ["avx2", "bmi2", "fma"]


def test_a_processor_with_all_of_it_lacks_nothing(flags: Path) -> None:
    flags.write_text("flags\t\t: fpu sse2 avx f16c fma avx2 bmi1 bmi2\n", encoding="ascii")

    assert processor.missing_features() == []


def test_what_only_a_library_compiled_here_would_use_is_told(flags: Path) -> None:
    flags.write_text("flags\t\t: fpu avx2 bmi2 f16c fma avx512f avx512_vnni\n", encoding="ascii")

    assert processor.idle_features() == ["avx512_vnni"]


def test_where_the_system_does_not_tell_nothing_is_held_against_it(flags: Path) -> None:
    assert processor.missing_features() == []


def test_arm_has_other_instructions(flags: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flags.write_text("Features\t: fp asimd\n", encoding="ascii")
    monkeypatch.setattr(platform, "machine", lambda: "aarch64")

    assert processor.missing_features() == []
