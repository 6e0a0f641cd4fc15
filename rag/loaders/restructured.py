"""reStructuredText, by way of HTML."""

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.core import publish_parts
from docutils.frontend import get_default_settings
from docutils.languages import get_language
from docutils.parsers.rst import Directive, Parser, directives, roles
from docutils.utils import new_document

from rag.document import Document
from rag.loaders.encoding import decode
from rag.loaders.web.page import parse_html

DIRECTIVE = re.compile(r"^[ \t]*\.\. (?:\|[^|\n]+\| )?([\w:+.-]+)::", re.MULTILINE)
ROLE = re.compile(r":([\w:+.-]+):(?=`)|(?<=`):([\w:+.-]+):")
LABEL = re.compile(r"!?~?(.*?)(?:\s*<[^<>]*>)?", re.DOTALL)
SETTINGS = {
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "report_level": 5,
    "halt_level": 5,
    "warning_stream": False,
    "_disable_config": True,
    "syntax_highlight": "none",
    "smart_quotes": False,
    "math_output": "latex",
    "embed_stylesheet": False,
}


def load_rst(path: Path, source: str, encoding: str | None = None) -> Document:
    """What Sphinx and others add to the language is text: a directive's words and content, a role's label."""
    text, warnings = decode(path.read_bytes(), source, encoding)
    _let_pass(text)
    html = publish_parts(text, writer="html5", settings_overrides=SETTINGS)["whole"]
    return replace(parse_html(source, str(html)), warnings=warnings)


# Whatever options it is given are its own.
ANY_OPTION: dict[str, Callable[[str], Any]] = defaultdict(
    lambda: directives.unchanged, {"class": directives.unchanged}
)


class Passed(Directive):
    """A directive of another program."""

    has_content = True
    optional_arguments = 1
    final_argument_whitespace = True
    option_spec = ANY_OPTION

    def run(self) -> list[nodes.Node]:
        inside = nodes.container()
        inside += [nodes.paragraph("", argument) for argument in self.arguments]
        self.state.nested_parse(self.content, self.content_offset, inside)
        return [inside]


def _passed(role: str, raw: str, text: str, *_: Any, **__: Any) -> tuple[list[nodes.Node], list[nodes.Node]]:
    label = LABEL.fullmatch(text)
    return [nodes.Text(label[1] if label else text)], []


def _let_pass(text: str) -> None:
    """Have docutils take directives and roles that it does not know: it would leave out what they hold."""
    settings = get_default_settings(Parser)
    vars(settings).update(SETTINGS)
    document = new_document("", settings)
    english = get_language("en", document.reporter)
    for name in set(DIRECTIVE.findall(text)):
        if directives.directive(name, english, document)[0] is None:
            directives.register_directive(name.lower(), Passed)
    for name in {before or after for before, after in ROLE.findall(text)}:
        if roles.role(name, english, 0, document.reporter)[0] is None:
            roles.register_canonical_role(name.lower(), _passed)  # type: ignore[arg-type]
