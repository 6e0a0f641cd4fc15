"""Source code, cut along its functions and classes by the grammars of the extra `documents`, else at empty lines."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path, PurePath
from typing import Any

from rag.document import Block, Document
from rag.loaders.encodings.decode import decode
from rag.loaders.extra import library
from rag.loaders.text import paragraphs

# The module of each ending's grammar, and what gives the language in it.
GRAMMARS = {
    ".py": ("tree_sitter_python", "language"),
    ".js": ("tree_sitter_javascript", "language"),
    ".jsx": ("tree_sitter_javascript", "language"),
    ".mjs": ("tree_sitter_javascript", "language"),
    ".ts": ("tree_sitter_typescript", "language_typescript"),
    ".tsx": ("tree_sitter_typescript", "language_tsx"),
    ".java": ("tree_sitter_java", "language"),
    ".c": ("tree_sitter_c", "language"),
    ".h": ("tree_sitter_cpp", "language"),
    ".cpp": ("tree_sitter_cpp", "language"),
    ".cc": ("tree_sitter_cpp", "language"),
    ".hpp": ("tree_sitter_cpp", "language"),
    ".go": ("tree_sitter_go", "language"),
    ".rs": ("tree_sitter_rust", "language"),
}
# In these nothing is looked for: programs of other languages, and what programs are told.
PLAIN = (
    ".cs", ".kt", ".php", ".rb", ".swift", ".sh", ".ps1", ".bat", ".sql", ".yaml", ".yml", ".toml", ".ini", ".xml",
)  # fmt: skip
# What the grammars' own queries leave out, or take for a mere mention.
MORE_TAGS = {
    "tree_sitter_c": """
        (type_definition declarator: (type_identifier) @name) @definition.class
        (enum_specifier name: (type_identifier) @name body: (_)) @definition.class""",
    "tree_sitter_go": """
        (type_declaration . (type_spec name: (type_identifier) @name) .) @definition.class
        (type_declaration "(" (type_spec name: (type_identifier) @name) @definition.class)
        (method_declaration
            receiver: (parameter_list (parameter_declaration type: [
                (type_identifier) @within
                (generic_type type: (type_identifier) @within)
                (pointer_type [(type_identifier) @within (generic_type type: (type_identifier) @within)])]))
            name: (field_identifier) @name) @definition.method""",
    "tree_sitter_java": """
        (enum_declaration name: (identifier) @name) @definition.class
        (record_declaration name: (identifier) @name) @definition.class""",
    "tree_sitter_rust": """
        (impl_item type: [
            (type_identifier) @name
            (generic_type type: (type_identifier) @name)
            (scoped_type_identifier name: (type_identifier) @name)]) @definition.class""",
    "tree_sitter_typescript": """
        (internal_module name: (_) @name) @definition.module
        (enum_declaration name: (identifier) @name) @definition.class
        (type_alias_declaration name: (type_identifier) @name) @definition.class""",
}
MORE_TAGS["tree_sitter_cpp"] = MORE_TAGS["tree_sitter_c"]
# What grammars put around a definition, which belongs to it.
AROUND = (
    "decorated_definition", "export_statement", "expression_statement", "template_declaration", "function_definition",
)  # fmt: skip
DECLARATORS = ("pointer_declarator", "reference_declarator", "declaration", "field_declaration")


@dataclass(frozen=True)
class Definition:
    """A function, method or class from line `first` to line `last`, counted from 0; `within` names the type of a method
    that stands outside of it."""

    name: str
    first: int
    last: int
    within: str = ""


def load_code(path: Path, source: str, encoding: str | None = None) -> Document:
    """Each definition under its name, below the name of what it is defined in; comments above one belong to it."""
    text, warnings = decode(path.read_bytes(), source, encoding)
    lines = [f"{line}\n" for line in text.split("\n")]
    starts = [*accumulate(map(len, lines[:-1]), initial=0), len(text)]
    found = [_with_gap(each, lines) for each in _definitions(path.suffix.lower(), text, source)]
    blocks = list(_blocks(found, starts))
    return Document(source, PurePath(source).name, text, blocks, warnings=warnings)


def load_plain(path: Path, source: str, encoding: str | None = None) -> Document:
    text, warnings = decode(path.read_bytes(), source, encoding)
    blocks = [replace(each, kind="code") for each in paragraphs(text)]
    return Document(source, PurePath(source).name, text, blocks, warnings=warnings)


def _with_gap(definition: Definition, lines: list[str]) -> Definition:
    """With the empty lines behind it, which are no text of their own."""
    last = definition.last
    while last + 1 < len(lines) and not lines[last + 1].strip():
        last += 1
    return replace(definition, last=last)


def _blocks(definitions: list[Definition], starts: list[int]) -> Iterator[Block]:
    """The lines one after the other, with a heading of no length wherever another definition begins or goes on."""
    within: list[Definition] = []
    line, end = 0, len(starts) - 1
    in_order = sorted(definitions, key=lambda each: (each.first, -each.last))
    for definition in [*in_order, Definition("", end, end)]:
        while within and within[-1].last < definition.first:
            ended = within.pop()
            yield from _code(starts, line, ended.last + 1)
            line = max(line, ended.last + 1)
            yield Block("heading", starts[line], starts[line], len(within), within[-1].name if within else "")
        yield from _code(starts, line, definition.first)
        line = max(line, definition.first)
        within.append(definition)
        if definition.name:
            yield Block("heading", starts[line], starts[line], len(within), definition.name)


def _code(starts: list[int], first: int, end: int) -> Iterator[Block]:
    if first < end and starts[first] < starts[end]:
        yield Block("code", starts[first], starts[end])


def _definitions(suffix: str, text: str, source: str) -> list[Definition]:
    tree_sitter = library("tree_sitter", source)
    module, name = GRAMMARS[suffix]
    grammar = library(module, source)
    language = tree_sitter.Language(getattr(grammar, name)())
    root = tree_sitter.Parser(language).parse(text.encode("utf-8", "replace")).root_node
    matches = tree_sitter.QueryCursor(tree_sitter.Query(language, _tags(grammar, source))).matches(root)
    found = [each for _, captures in matches for each in _defined(captures)]
    # One function may be found as a method too, which says more.
    by_line = {each.first: each for each in sorted(found, key=lambda each: bool(each.within))}
    outer = [Definition(each.within, each.first, each.last) for each in by_line.values() if each.within]
    return [*outer, *by_line.values()]


def _tags(grammar: Any, source: str) -> str:
    """The query that finds what a language defines; TypeScript's adds to JavaScript's."""
    own = str(grammar.TAGS_QUERY) + MORE_TAGS.get(grammar.__name__, "")
    if "typescript" not in grammar.__name__:
        return own
    return _tags(library("tree_sitter_javascript", source), source) + own


def _defined(captures: dict[str, list[Any]]) -> Iterator[Definition]:
    for kind in ("function", "method", "class", "interface", "module", "macro"):
        for node in captures.get(f"definition.{kind}", []):
            names = captures.get("name", [])
            within = captures.get("within") or captures.get("local.scope") or []
            first, last = _lines(node)
            # What is said in one line needs no heading.
            if names and last > first:
                yield Definition(_text(names), first, last, _text(within))


def _text(nodes: list[Any]) -> str:
    return str(nodes[0].text.decode("utf-8", "replace")) if nodes else ""


def _lines(node: Any) -> tuple[int, int]:
    """From its comments and decorators to its end."""
    while node.parent is not None and node.parent.type in (*AROUND, *DECLARATORS):
        node = node.parent
    first, before = node.start_point[0], node.prev_sibling
    while (
        before is not None
        and ("comment" in before.type or "attribute" in before.type)
        and before.end_point[0] >= first - 1
        and before.start_point[0] < first
        # One behind code belongs to that.
        and (
            before.prev_sibling is None or tuple(before.prev_sibling.end_point) <= (before.start_point[0], 0)
        )
    ):
        first, before = before.start_point[0], before.prev_sibling
    row, column = node.end_point
    # Some reach over their line's end.
    return first, row if column else row - 1
