"""Source code in chunks that follow its functions and classes."""

from pathlib import Path

import pytest
from fakes.progress import Counter

from kit.problem import Problem
from rag import Index
from rag.ingest import ingest
from rag.loaders import extra, load
from rag.loaders.code import GRAMMARS, PLAIN
from rag.text.chunker import chunk

PUMP = '''"""Pumps."""

import math  # for the flow

LIMIT = 4  # bar


# What it takes to start.
@checked
def start(pressure):
    """Open the valve."""
    if pressure > LIMIT:
        raise ValueError(pressure)


class Pump:
    """One pump."""

    speed = 9

    def stop(self):
        self.speed = 0
        return math.inf

    name = "heron"


print(start(3))
'''

# Each holds a function or method "fill" over several lines, and a line that is not part of it.
IN_OTHER_LANGUAGES = {
    ".js": "const a = 1;\n/** Water. */\nexport function fill(x) {\n  return x;\n}\nrun();\n",
    ".jsx": "const a = 1;\nconst fill = (x) => {\n  return <b>{x}</b>;\n};\nrun();\n",
    ".mjs": "const a = 1;\nexport const fill = function (x) {\n  return x;\n};\nrun();\n",
    ".ts": "const a: number = 1;\nexport async function fill(x: string): Promise<string> {\n  return x;\n}\nrun();\n",
    ".tsx": "const a: number = 1;\nfunction fill(x: string) {\n  return <b>{x}</b>;\n}\nrun();\n",
    ".java": "import a.B;\nclass Tank {\n  // Water.\n  int fill(int x) {\n    return x;\n  }\n}\n",
    ".c": "#include <a.h>\n/* Water. */\nstatic char *fill(int x) {\n  return 0;\n}\nint other;\n",
    ".h": "#pragma once\ninline int fill(int x) {\n  return x;\n}\n",
    ".cpp": "#include <a>\nnamespace n {\nint fill(int x) {\n  return x;\n}\n}\n",
    ".cc": "#include <a>\nclass Tank {\n  int fill(int x) {\n    return x;\n  }\n};\n",
    ".hpp": "#include <a>\ntemplate <class T>\nT fill(T x) {\n  return x;\n}\n",
    ".go": "package a\n\n// Water.\nfunc (t *Tank) fill(x int) int {\n\treturn x\n}\n\nvar other = 1\n",
    ".rs": "use a::b;\n\n/// Water.\n#[inline]\npub fn fill(x: i32) -> i32 {\n    x\n}\n\nstatic OTHER: i32 = 1;\n",
}


@pytest.fixture(autouse=True)
def grammars() -> None:
    pytest.importorskip("tree_sitter", reason="comes with the extra documents")


def parts(path: Path) -> dict[str, str]:
    """The text under each heading."""
    found: dict[str, str] = {}
    for each in chunk(load(path)):
        found[each.heading] = found.get(each.heading, "") + each.text
    return found


def test_each_function_and_class_is_a_part_under_its_name(tmp_path: Path) -> None:
    (tmp_path / "pump.py").write_text(PUMP, encoding="utf-8")
    found = parts(tmp_path / "pump.py")

    assert list(found) == ["", "start", "Pump", "Pump › stop"]
    assert found["start"].startswith("# What it takes to start.\n@checked\ndef start(pressure):")
    assert found["Pump › stop"] == "    def stop(self):\n        self.speed = 0\n        return math.inf\n\n"
    assert found["Pump"].startswith("class Pump:") and 'name = "heron"' in found["Pump"]
    assert "import math" in found[""] and "print(start(3))" in found[""]
    assert all(each.text.strip() for each in chunk(load(tmp_path / "pump.py")))
    assert "".join(each.text for each in chunk(load(tmp_path / "pump.py"))) == PUMP


def test_the_file_stands_before_each_part_that_is_embedded(tmp_path: Path) -> None:
    (tmp_path / "pump.py").write_text(PUMP, encoding="utf-8")
    [stop] = [each for each in chunk(load(tmp_path / "pump.py")) if each.heading == "Pump › stop"]

    assert stop.in_context.startswith("pump.py › Pump › stop\n")


def test_every_language_has_an_example_here() -> None:
    assert set(IN_OTHER_LANGUAGES) | {".py"} == set(GRAMMARS)


@pytest.mark.parametrize("suffix", IN_OTHER_LANGUAGES)
def test_other_languages_are_cut_likewise(tmp_path: Path, suffix: str) -> None:
    code = IN_OTHER_LANGUAGES[suffix]
    (tmp_path / f"a{suffix}").write_text(code, encoding="utf-8")
    found = parts(tmp_path / f"a{suffix}")
    [filled] = [text for heading, text in found.items() if heading.endswith("fill")]

    assert code.splitlines()[0] not in filled
    assert "return" in filled or "    x\n" in filled
    assert ("Water." in filled) == ("Water." in code)
    assert "".join(each.text for each in chunk(load(tmp_path / f"a{suffix}"))) == code


@pytest.mark.parametrize(
    ("name", "code", "headings"),
    [
        ("a.go", "package a\n\n// Water.\ntype Tank struct {\n\tlitres int\n}\n\n"
                 "func (t *Tank) Fill() {\n\treturn\n}\n\nfunc (t Pipe[T]) Open() {\n\treturn\n}\n\n"
                 "func main() {\n\trun()\n}\n",
         ["", "Tank", "Tank › Fill", "Pipe › Open", "main"]),
        ("a.go", "package a\n\ntype (\n\tTank struct {\n\t\tlitres int\n\t}\n\tPipe interface {\n\t\tOpen()\n\t}\n)\n",
         ["", "Tank", "Pipe"]),
        ("a.c", "/* Water. */\ntypedef struct {\n  int litres;\n} Tank;\n\nenum Valve {\n  OPEN,\n  SHUT\n};\n\n"
                "enum Valve turn(int x) {\n  return OPEN;\n}\n", ["Tank", "Valve", "turn"]),
        ("a.cpp", "#include <a>\n\nint Tank::fill(int x) {\n  return x;\n}\n", ["", "Tank › fill"]),
        ("a.ts", "import a;\n\n// Water.\nnamespace Mill {\n"
                 "  export function fill(x: string) {\n    return x;\n  }\n}\n"
                 "\nexport enum Valve {\n  Open,\n}\n\ntype Tank = {\n  litres: number;\n};\n",
         ["", "Mill", "Mill › fill", "Valve", "Tank"]),
        ("a.rs", "struct Tank {\n    litres: u8,\n}\n\nimpl Tank {\n    fn fill(&self) {\n        x()\n    }\n}\n\n"
                 "impl<T> Flow for Pipe<T> {\n    fn open(&self) {\n        x()\n    }\n}\n",
         ["Tank", "Tank › fill", "Pipe", "Pipe › open"]),
        ("A.java", "package a;\n\nenum Valve {\n  OPEN\n}\n\n"
                   "record Tank(int litres) {\n  void fill() {\n    x();\n  }\n}\n",
         ["", "Valve", "Tank", "Tank › fill"]),
    ],
    ids=["Go", "Go's groups", "C", "C++", "TypeScript", "Rust", "Java"],
)  # fmt: skip
def test_types_are_parts_and_methods_stand_under_theirs(
    tmp_path: Path, name: str, code: str, headings: list[str]
) -> None:
    (tmp_path / name).write_text(code, encoding="utf-8")
    found = parts(tmp_path / name)

    assert list(found) == headings
    assert "Water." not in found.get("", "")
    assert "".join(each.text for each in chunk(load(tmp_path / name))) == code


@pytest.mark.parametrize("suffix", PLAIN)
def test_programs_of_other_languages_and_settings_are_read_as_they_are(tmp_path: Path, suffix: str) -> None:
    """They were only counted, as files of unknown formats."""
    code = "# The mill\nvalve: open\n\n" + "- litres: 40  # of water\n" * 90
    (tmp_path / f"mill{suffix.upper()}").write_text(code, encoding="utf-8")
    chunks = chunk(load(tmp_path / f"mill{suffix.upper()}"))

    assert "".join(each.text for each in chunks) == code
    assert {each.context for each in chunks} == {f"mill{suffix.upper()}"}
    assert all(each.text.endswith("\n") for each in chunks)


@pytest.mark.parametrize(
    "code",
    [
        "def broken(:\n    x = (\n",
        "\tdef a():\n  pass\n",
        "x = 1",
        "\n\n\n",
        "class 泵:\n    def 启动(self):\n        return '水'\n",
    ],
)
def test_code_that_is_wrong_or_in_chinese_loses_no_character(tmp_path: Path, code: str) -> None:
    (tmp_path / "a.py").write_text(code, encoding="utf-8")
    if not code.strip():
        with pytest.raises(Problem, match="holds no text"):
            load(tmp_path / "a.py")
        return

    assert "".join(each.text for each in chunk(load(tmp_path / "a.py"))) == code


def test_a_function_is_found_by_what_it_does(index: Index, tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "pump.py").write_text(PUMP, encoding="utf-8")
    ingest(index, [tmp_path / "docs"], Counter())

    assert index.search("open the valve")[0].citation_of("Open the valve.") == "docs/pump.py · start"


def test_installed_packages_are_passed_over_and_counted(index: Index, tmp_path: Path) -> None:
    for name in (
        "docs/node_modules/a/index.js",
        "docs/venv/lib/site-packages/b.py",
        "docs/.git/c.md",
        "docs/d.md",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x = 1", encoding="utf-8")
    report = ingest(index, [tmp_path / "docs"], Counter())

    assert report.taken == [("docs/d.md", 1)]
    assert report.others == {"node_modules/": 1, "site-packages/": 1, "hidden": 1}


def test_without_the_extra_code_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise ModuleNotFoundError(name=name)

    monkeypatch.setattr(extra, "import_module", missing)
    (tmp_path / "a.py").write_text("x = 1", encoding="utf-8")

    with pytest.raises(Problem, match=r"a\.py takes more packages.*\[documents\]"):
        load(tmp_path / "a.py")
