"""Write the list of modules, out of their docstrings, into docs/architecture*.md: python docs/modules.py"""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGES = ("docs/architecture.md", "docs/architecture.zh-CN.md")
PACKAGES = ("kit", "server", "agents", "rag", "benchmarks")
LIST = re.compile(r"(?<=<!-- written by docs/modules.py -->\n).*(?=<!-- end -->)", re.DOTALL)


def main() -> None:
    for page in PAGES:
        text = (ROOT / page).read_text(encoding="utf-8")
        # As bytes, or Windows would write other line ends.
        (ROOT / page).write_bytes(LIST.sub(lambda _: modules(), text).encode())


def modules() -> str:
    """A heading a folder and a line a module, each with the first line of its docstring."""
    lines: list[str] = []
    for package in PACKAGES:
        for init in sorted((ROOT / package).rglob("__init__.py"), key=lambda path: path.parent):
            folder = init.parent
            lines += ["", f"### {folder.relative_to(ROOT).as_posix()}", "", first_line(init), ""]
            named = (path for path in sorted(folder.glob("*.py")) if not path.stem.startswith("__"))
            lines += [f"- `{path.name}`: {first_line(path)}" for path in named]
    return "\n".join([*lines, "", ""])


def first_line(path: Path) -> str:
    return (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").partition("\n")[0]


if __name__ == "__main__":
    main()
