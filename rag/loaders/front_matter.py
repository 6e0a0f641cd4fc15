"""The front matter of Markdown: what a document says of itself at its head."""

import re
import tomllib
from collections.abc import Iterable

import yaml

# Behind empty lines and comments. Longer ones are texts between two rules.
BLOCK = re.compile(
    r"\A(?:[ \t]*\n|[ \t]*<!--(?:(?!-->).){0,2000}-->)*"
    r"(?:---[ \t]*\n(?P<yaml>.{0,20000}?)\n(?:---|\.\.\.)|\+\+\+[ \t]*\n(?P<toml>.{0,20000}?)\n\+\+\+)[ \t]*(?:\n|\Z)",
    re.DOTALL,
)
# A value with a colon in it, as many write it, is no YAML.
LINE = re.compile(r"""([\w-]+):[ \t]*["']?(.*?)["']?[ \t]*""")
OTHER_LINE = re.compile(r"[ \t#-].*|")
NAME = re.compile(r"[^\sA-Z][^\s]*")
# Beside one of these, a sentence is what the document says of itself; without any, it is the document.
KNOWN_NAMES = (
    "author authors categories category created date description draft id keywords lang language last_modified layout"
    " license modified name order permalink slug status subtitle summary tags title type updated valid_from version"
    " weight 标题 作者 日期 描述 摘要 标签 分类 更新 更新日期 修订日期 发布日期"
)
KNOWN = frozenset(KNOWN_NAMES.split())
# Which of them are sentences about the document, and maybe nowhere else in it.
SAID = frozenset(
    ["description", "summary", "abstract", "excerpt", "subtitle", "描述", "摘要", "说明", "简介"]
)
# What programs that make pages take for orders, beside the names above. Any other name says something.
ORDERS = re.compile(
    r"(?:aliases|bibliography|comments|cover|cover_.*|created_.*|css.*|custom_.*|date_(?:created|modified|published)"
    r"|display_.*|edit_.*|excerpt|execute|expiry_?date|featured.*|guid|has_.*|head|hide_.*|icon|image|image_.*|jupyter"
    r"|jupytext|kernelspec|last_?(?:mod|update).*|link_?title|locale|marp|math|mathjax|modified_.*|nav_.*|next|og_.*"
    r"|outline|output|paginat.*|parent|grand_parent|prev|pub_?date|publish.*|redirect_.*|robots|search_.*|seo.*|series"
    r"|show_.*|side_?bar.*|site_.*|sort_.*|template|theme|thumbnail|timestamp|toc|toc_.*|uid|updated?_.*|url|uuid"
    r"|说明|关键词|关键字)"
)
SENTENCE = re.compile(r"\S+\s+\S+\s+\S.*[.!?]|.*[。！？]")


class Texts(yaml.BaseLoader):  # type: ignore[misc]  # PyYAML tells no types
    """Every value as a text, for "no" is a language, and 2026-03 a month; nothing is none."""


Texts.add_implicit_resolver(
    "tag:yaml.org,2002:null", re.compile("(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""]
)
Texts.add_constructor("tag:yaml.org,2002:null", lambda *_: None)


def front_matter(text: str) -> tuple[dict[str, str], int]:
    """Names and values, and where the text begins. Two rules with prose between are text."""
    block = BLOCK.match(text)
    if block is None:
        return {}, 0
    found = _parsed(block["yaml"]) if block["toml"] is None else _parsed_toml(block["toml"])
    if not found or not all(isinstance(name, str) for name in found):
        return {}, 0
    metadata = {name: said for name, value in found.items() if (said := _said(value))}
    if KNOWN.isdisjoint(map(str.lower, found)) and not all(
        map(_is_said_of_itself, found, map(_said, found.values()))
    ):
        return {}, 0
    return (metadata, block.end()) if all(" " not in name for name in found) else ({}, 0)


def is_bookkeeping(names: Iterable[str]) -> bool:
    """Whether front matter holds what programs and filters need, and nothing that a reader would ask for."""
    plain = [name.lower().replace("-", "_") for name in names]
    return all(name not in SAID and (name in KNOWN or ORDERS.fullmatch(name)) for name in plain)


def _is_said_of_itself(name: str, value: str) -> bool:
    return bool(NAME.fullmatch(name)) and not SENTENCE.fullmatch(value)


def _said(value: object) -> str:
    """In one line, as somebody would write it."""
    if isinstance(value, dict):
        return ", ".join(f"{name}: {said}" for name, each in value.items() if (said := _said(each)))
    if isinstance(value, list):
        return ", ".join(filter(None, map(_said, value)))
    return "" if value is None else " ".join(str(value).split())


def _parsed_toml(block: str) -> dict[str, object] | None:
    try:
        return tomllib.loads(block)
    except tomllib.TOMLDecodeError:
        return None


def _parsed(block: str) -> dict[str, object] | None:
    try:
        # A few lines with names for parts of themselves can stand for gigabytes.
        if any(isinstance(token, yaml.AliasToken) for token in yaml.scan(block, Loader=yaml.BaseLoader)):
            return None
        found = yaml.load(block, Loader=Texts)
    except yaml.YAMLError:
        lines = [(LINE.fullmatch(line), line) for line in block.split("\n")]
        if not all(match or OTHER_LINE.fullmatch(line) for match, line in lines):
            return None
        found = {match[1]: match[2] for match, _ in lines if match and match[2]}
    return found if isinstance(found, dict) else None
