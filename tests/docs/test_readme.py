"""What the README and the other pages promise, held against the tree."""

import importlib.util
import re
import shutil
import subprocess

import pytest
from kit_pages import ROOT, kit_pages, read

from kit.env_file import SETTINGS
from server.models import catalogue

READMES = ["README.md", "README.zh-CN.md"]
TROUBLE = ["docs/trouble.md", "docs/trouble.zh-CN.md"]
PAGES = kit_pages()
# Settings of other programs.
OTHERS = {
    "ANTHROPIC_BASE_URL",
    "CMAKE_ARGS",
    "CMAKE_CXX_COMPILER",
    "GET",
    "GOMP_SPINCOUNT",
    "LLAMA_CPP_LIB_PATH",
    "NO_PROXY",
    "OMP_WAIT_POLICY",
    "OTEL_EXPORTER_OTLP_HEADERS",
    "TEMP",
    "TMP",
}

BLOCK = re.compile(r"(?:<!-- (?P<mark>\w+) -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.M | re.S)


def blocks(page: str, mark: str | None = None, language: str | None = None) -> list[str]:
    return [
        found["text"]
        for found in BLOCK.finditer(read(page))
        if mark in (None, found["mark"]) and language in (None, found["language"])
    ]


def steps(block: str) -> list[str]:
    """What a block makes Python do, whatever the shell."""
    python = block.replace(".venv/bin/python", "python").replace(".venv\\Scripts\\python", "python")
    return re.findall(r"^python3? (.*?)(?: &&)?$", python, re.M)


@pytest.mark.parametrize("pages", [READMES, TROUBLE])
def test_both_languages_have_the_same_commands(pages: list[str]) -> None:
    english, chinese = (list(BLOCK.finditer(read(page))) for page in pages)

    assert [block.groups() for block in english] == [block.groups() for block in chinese]


@pytest.mark.parametrize("page", [page for page in PAGES if page.endswith(".zh-CN.md")])
def test_both_languages_have_the_same_sections(page: str) -> None:
    english, chinese = (
        re.findall(r"^(#+) ", BLOCK.sub("", read(other)), re.M)
        for other in (page.replace(".zh-CN", ""), page)
    )

    assert english == chinese


@pytest.mark.parametrize("page", READMES)
def test_it_is_read_in_a_few_minutes(page: str) -> None:
    assert len(read(page).splitlines()) < 180


@pytest.mark.parametrize("mark", ["start", "test"])
def test_both_shells_take_the_same_steps(mark: str) -> None:
    [bash] = blocks("README.md", mark, "bash")
    [powershell] = blocks("README.md", mark, "powershell")

    assert len(steps(bash)) == 3
    assert steps(bash) == steps(powershell)


def test_windows_powershell_5_reads_its_blocks() -> None:
    for block in blocks("README.md", language="powershell"):
        assert "&&" not in block
        assert "Activate.ps1" not in block  # needs an execution policy that few machines have


@pytest.mark.parametrize("page", PAGES)
def test_links_to_files_and_headings_hold(page: str) -> None:
    for target in re.findall(r"\]\((?!https?://)([^)]+)\)", read(page)):
        file, _, anchor = target.partition("#")
        linked = (ROOT / page).parent / file if file else ROOT / page
        if linked.name.endswith(".zh-CN.md") and not linked.exists():
            continue  # a fork may do without translations
        assert linked.exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", linked.read_text(encoding="utf-8"), re.M)
            assert anchor in {re.sub(r"[^\w -]", "", h).lower().replace(" ", "-") for h in headings}, target


@pytest.mark.parametrize("page", PAGES)
def test_every_name_in_capitals_is_a_setting_or_a_constant(page: str) -> None:
    known = set(SETTINGS) | constants() | OTHERS
    named = re.findall(r"`([A-Z][A-Z0-9_]{2,})(?:=[^`]*)?`", read(page))
    named += re.findall(r"^([A-Z][A-Z0-9_]+)=", "".join(blocks(page, language="ini")), re.M)

    assert set(named) - known == set()


def constants() -> set[str]:
    modules = (path for package in ROOT.glob("*/__init__.py") for path in package.parent.rglob("*.py"))
    return {
        name
        for path in modules
        for name in re.findall(r"^([A-Z][A-Z0-9_]+)\b.* = ", path.read_text(encoding="utf-8"), re.M)
    }


@pytest.mark.parametrize("page", PAGES)
def test_every_module_that_is_to_be_run_exists(page: str) -> None:
    modules = set(re.findall(r"python -m ([a-z_][a-z0-9_.]*)(?![A-Z])", read(page)))
    modules -= {"mypy", "ruff"}  # not in the test extra
    modules -= {"agents.mine", "agents.heron"}  # the reader makes it

    assert [module for module in modules if importlib.util.find_spec(module) is None] == []


def test_what_is_measured_here_needs_no_hub() -> None:
    assert all(entry.wheels for entry in catalogue.entries() if entry.measured)


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("bash")), reason="needs curl and bash")
def test_the_curl_commands_are_answered(server_address: str) -> None:
    commands = blocks("README.md", "curl")
    assert len(commands) == 3

    for command, expected in zip(commands, ["moly-embedding", "chat.completion", "embedding"], strict=True):
        here = command.replace("localhost:8080", server_address).replace("curl ", "curl --silent --fail ", 1)
        # The small model of the tests may go on until its context is full.
        here = here.replace('{"messages"', '{"max_tokens": 32, "messages"')
        answer = subprocess.run(
            ["bash", "-c", here], capture_output=True, encoding="utf-8", check=True, timeout=240
        )
        assert f'"{expected}"' in answer.stdout
