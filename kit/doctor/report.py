"""What was found, on the terminal, as JSON, and as one page for a mentor."""

import json
import platform
from collections import Counter

from rich.text import Text

from kit.console import Console
from kit.doctor.finding import Finding
from kit.secrets import masked

SIGNS = {
    "ok": ("ok", "green"),
    "note": ("note 提示", "cyan"),
    "warning": ("warning 警告", "yellow"),
    "error": ("error 错误", "red"),
}
console = Console(markup=False, emoji=False, highlight=False)


def show(findings: list[Finding]) -> None:
    """Faults in both languages; what is well in one line."""
    for finding in findings:
        sign, colour = SIGNS[finding.level]
        told = finding.en if finding.level == "ok" else f"{finding.en}\n  {finding.zh}"
        console.print(Text.assemble((sign, colour), "  ", masked(told)), soft_wrap=True)
    console.print()
    en, zh = outcome(findings)
    console.print(f"{en}\n{zh}", soft_wrap=True)


def outcome(findings: list[Finding]) -> tuple[str, str]:
    count = Counter(finding.level for finding in findings)
    fixable = sum(finding.fix is not None for finding in findings)
    en = f"{count['ok']} ok, {count['note']} notes, {count['warning']} warnings, {count['error']} errors."
    zh = f"{count['ok']} 项正常，{count['note']} 项提示，{count['warning']} 项警告，{count['error']} 项错误。"
    if fixable:
        en += f" `python -m kit doctor --fix` mends {fixable} of them."
        zh += f"`python -m kit doctor --fix` 可修复其中 {fixable} 项。"
    return en, zh


def as_json(findings: list[Finding]) -> str:
    listed = [
        {
            "code": f.code,
            "level": f.level,
            "en": masked(f.en),
            "zh": masked(f.zh),
            "fixable": f.fix is not None,
        }
        for f in findings
    ]
    errors = sum(finding.level == "error" for finding in findings)
    return json.dumps({"errors": errors, "findings": listed}, ensure_ascii=False, indent=1)


def page(findings: list[Finding]) -> str:
    """Markdown, the worst first, with nothing in it that opens a door."""
    lines = [
        f"# python -m kit doctor, {platform.system()} {platform.machine()}, Python {platform.python_version()}",
        "",
    ]
    for level in ("error", "warning", "note", "ok"):
        found = [finding for finding in findings if finding.level == level]
        lines += [f"- **{level}** `{f.code}` {' '.join(masked(f.en).split())}" for f in found]
    return "\n".join([*lines, "", outcome(findings)[0], ""])
