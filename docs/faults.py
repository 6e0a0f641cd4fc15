"""Write the table of faults, as the doctor tells them, into docs/doctor*.md: python docs/faults.py

Every fault of tests/kit/doctor/faults.py is injected into a set-up of its own, and the doctor asked.
"""

import os
import re
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from unittest.mock import patch

import pytest

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tests" / "kit" / "doctor")]
PAGES = {"en": ROOT / "docs" / "doctor.md", "zh": ROOT / "docs" / "doctor.zh-CN.md"}
TABLE = re.compile(r"(?<=<!-- written by docs/faults.py -->\n).*(?=<!-- end -->)", re.DOTALL)
HEADS = {
    "en": "| fault | code | what the doctor says | `--fix` |",
    "zh": "| 故障 | 代码 | 诊断结果 | `--fix` |",
}


def main() -> None:
    for language, table in tables().items():
        page = PAGES[language]
        # As bytes, or Windows would write other line ends.
        page.write_bytes(TABLE.sub(lambda _, table=table: table, page.read_text(encoding="utf-8")).encode())


def tables() -> dict[str, str]:
    from faults import FAULTS

    rows: dict[str, list[str]] = {language: [head, "|---|---|---|---|"] for language, head in HEADS.items()}
    for fault in FAULTS:
        en, zh, fixed = told(fault)
        mark = "yes" if fixed else ""
        rows["en"].append(f"| {fault.en} | `{fault.finding}` | {en} | {mark} |")
        rows["zh"].append(f"| {fault.zh} | `{fault.finding}` | {zh} | {'是' if fixed else ''} |")
    return {language: "\n".join([*lines, ""]) for language, lines in rows.items()}


def told(fault) -> tuple[str, str, bool]:  # type: ignore[no-untyped-def]
    from world import World

    from kit.doctor.setup import Setup

    here = Path.cwd()
    with tempfile.TemporaryDirectory() as folder, patch.dict(os.environ), ExitStack() as stack:
        with pytest.MonkeyPatch.context() as monkeypatch:
            fault.inject(World(Path(folder), monkeypatch, stack))
            found = [f for f in fault.check(Setup.read()) if f.code == fault.finding and f.level != "ok"]
        os.chdir(here)
        en, zh = (plain(text, folder) for text in (found[0].en, found[0].zh))
        return en, zh, found[0].fix is not None


def plain(text: str, folder: str) -> str:
    """Without what differs from machine to machine."""
    for path, short in ((f"{folder}/", ""), (folder, "."), (sys.executable, "python"), (str(ROOT), "KIT")):
        text = text.replace(path, short)
    text = text.replace(str(Path.home()), "~")
    text = re.sub(r"\w+ ?\(\d+\)", "node (4711)", text)
    text = re.sub(r"Python [\d.]+, .*?, python", "Python 3.10.1, Linux x86_64, python", text)
    text = re.sub(r"(localhost|127\.0\.0\.1):\d{5}", r"\1:8080", text)
    text = re.sub(r"port \d{5}", "port 8080", re.sub(r"端口 \d{5}", "端口 8080", text))
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


if __name__ == "__main__":
    main()
