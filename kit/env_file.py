"""The `.env` file: NAME=value, and the slips of people who write it."""

import difflib
import io
import re
import sys
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from dotenv.parser import Binding, parse_stream

from kit.problem import Problem

# Every setting of the kit, in the order of `.env.example`.
SETTINGS = (
    "CHAT_MODEL_BASE_URL",
    "CHAT_MODEL_NAME",
    "CHAT_API_KEY",
    "EMBEDDING_MODEL_BASE_URL",
    "EMBEDDING_MODEL_NAME",
    "EMBEDDING_API_KEY",
    "MOLY_API_SERVER_ADDR",
    "CHAT_MODEL",
    "EMBEDDING_MODEL",
    "CHROMA_PATH",
    "RERANK_MODEL",
    "MOLY_API_KEY",
    "MOLY_CORS_ORIGINS",
    "MOLY_ALLOWED_HOSTS",
    "MOLY_REQUEST_SECONDS",
    "MOLY_RESPONSES_DB",
    "MOLY_REQUESTS",
    "MOLY_IDLE_MINUTES",
    "MOLY_DETERMINISTIC",
    "MOLY_DOCUMENTS_DIR",
    "CONTEXT_LENGTH",
    "THREADS",
    "GPU_LAYERS",
    "PREFIX_CACHE_MB",
    "LLAMA_CPP_LIB_PATH",
    "MODELS_DIR",
    "HF_ENDPOINT",
    "MODELSCOPE_DOMAIN",
    "CHROMA_URL",
    "CHROMA_TENANT",
    "CHROMA_DATABASE",
    "CHROMA_API_KEY",
    "CHROMA_COLLECTION",
    "INDEX_URL",
    "INDEX_API_KEY",
    "INDEX_ADDR",
    "EMBEDDING_QUERY_PREFIX",
    "EMBEDDING_PASSAGE_PREFIX",
    "AGENTS_ADDR",
    "AGENTS_API_KEY",
    "AGENTS_DATABASE",
    "AGENTS_WEB_ADDR",
)
LIKE = 0.84  # CHATMODEL and CHAT_MODEL are alike to 0.95, OPENAI_MODEL_NAME and CHAT_MODEL_NAME to 0.75

QUOTED = re.compile(r"""^([ \t]*(?:export[ \t]+)?(\w+)[ \t]*=[ \t]*)(["'])([^"'\n]*)\3""", re.M)
WINDOWS_PATH = re.compile(r"[A-Za-z]:\\|\.{1,2}\\|\\\\")
FULL_WIDTH = str.maketrans("＝＃“”‘’", "=#\"\"''")


@dataclass
class EnvFile:
    """A file that was read to its end: names with values and lines, and what is wrong, by line."""

    values: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    problems: list[tuple[int, Problem]] = field(default_factory=list)


def read_env_file(path: Path) -> dict[str, str]:
    """Raises `Problem` for a line that is no setting and for a name that stands twice."""
    file = parse_env_file(path)
    if file.problems:
        raise file.problems[0][1]
    for name, line in file.lines.items():
        _warn_if_misspelt(path, line, name)
    return file.values


def parse_env_file(path: Path) -> EnvFile:
    """Of a name that stands twice the first value counts here. Raises `Problem` for a file that is no text."""
    try:
        # Notepad on Windows begins a file with a byte-order mark; utf-8-sig takes it off.
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise Problem(
            f"{path} is not UTF-8 text. Save it again with the encoding UTF-8 (Notepad: Save as, Encoding).",
            f"{path} 不是 UTF-8 文本，请用 UTF-8 编码重新保存（记事本：另存为，编码选 UTF-8）。",
        ) from None
    file = EnvFile()
    for binding in parse_stream(io.StringIO(QUOTED.sub(_keep_backslashes, text))):
        name, value, line = binding.key, binding.value, _line(binding)
        typed = name in SETTINGS and value and value[0] in "“”‘’"  # quotes of a Chinese keyboard
        if binding.error or typed or (name and value is None):
            file.problems.append((line, _malformed(path, binding)))
        elif name in file.values:
            twice = Problem(
                f"{path}, line {line}: {name} stands in line {file.lines[name]} already. Keep one of the two.",
                f"{path} 第 {line} 行：{name} 已写在第 {file.lines[name]} 行，请只保留其中一行。",
            )
            file.problems.append((line, twice))
        elif name and value is not None:
            file.values[name], file.lines[name] = value, line
    return file


def likely_setting(name: str) -> str | None:
    """The setting that a misspelt name is meant for; None for a setting, and for a name of one's own."""
    if name in SETTINGS:
        return None
    return next(iter(difflib.get_close_matches(name.upper(), SETTINGS, n=1, cutoff=LIKE)), None)


def _keep_backslashes(found: re.Match[str]) -> str:
    r"""Between quotes dotenv takes \n and \t for a line's end and a tab; in "C:\new\temp" they are folders."""
    start, name, quote, value = found.groups()
    is_path = name in SETTINGS or WINDOWS_PATH.match(value)
    if is_path and "\\\\" not in value[1:]:  # somebody who knows has doubled them
        value = value.replace("\\", "\\\\")
    return f"{start}{quote}{value}{quote}"


def _malformed(path: Path, binding: Binding) -> Problem:
    line, text = _line(binding), binding.original.string.strip()
    meant = text.translate(FULL_WIDTH)
    if meant != text and "=" in meant:
        character = next(c for c in text if c in "＝＃“”‘’")
        return Problem(
            f"{path}, line {line}: {character} is a full-width character. Write {character.translate(FULL_WIDTH)} "
            "instead, with the keyboard set to English.",
            f"{path} 第 {line} 行：{character} 是全角字符。请切换到英文输入法，"
            f"改写成 {character.translate(FULL_WIDTH)}。",
        )
    return Problem(
        f"{path}, line {line}: not of the form NAME=value. Correct the line or put # before it.",
        f"{path} 第 {line} 行：格式不是 NAME=value。请改正，或在行首加 # 注释掉。",
    )


def _line(binding: Binding) -> int:
    # What stands before a name, empty lines too, belongs to its binding.
    before = binding.original.string[: len(binding.original.string) - len(binding.original.string.lstrip())]
    return binding.original.line + before.count("\n")


@cache  # once a program, though every client reads the file
def _warn_if_misspelt(path: Path, line: int, name: str) -> None:
    if likely := likely_setting(name):
        told = misspelt(path, line, name, likely)
        print(f"warning: {told.en}\n警告：{told.zh}", file=sys.stderr)


def misspelt(path: Path, line: int, name: str, likely: str) -> Problem:
    return Problem(
        f"{path}, line {line}: {name} is no setting of this kit. Did you mean {likely}?",
        f"{path} 第 {line} 行：本套件没有 {name} 这个设置，是否想写 {likely}？",
    )
