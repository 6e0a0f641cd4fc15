"""reStructuredText, by way of HTML."""

import html
import re
import sys
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.core import publish_doctree, publish_from_doctree
from docutils.frontend import get_default_settings
from docutils.languages import get_language
from docutils.parsers.rst import Directive, DirectiveError, Parser, directives, roles
from docutils.parsers.rst.directives.misc import Raw
from docutils.utils import Reporter, new_document
from docutils.writers import get_writer_class

from rag.document import Document
from rag.loaders.encodings.decode import decode
from rag.loaders.web.page import parse_html

DIRECTIVE = re.compile(r"^[ \t]*\.\. (?:\|[^|\n]+\| )?([\w:+.-]+)::", re.MULTILINE)
ROLE = re.compile(r":([\w:+.-]+):(?=`)|(?<=`):([\w:+.-]+):")
LABEL = re.compile(r"!?~?(.*?)(?:\s*<[^<>]*>)?", re.DOTALL)
TITLE = re.compile(r"(?:(\W)\1*\n)?[ \t]*(?P<words>\S.*)\n([^\w\s])\3*\s*")
# Names of elements, which call a section about menus one, and asides: of a web page these would be no text.
NAMES = re.compile(r' (?:class|id)="[^"]*"')
ASIDE = re.compile(r"(</?)aside\b")
# What Sphinx writes before the number of a version.
SINCE = {
    "versionadded": "Added in version",
    "versionchanged": "Changed in version",
    "deprecated": "Deprecated since version",
    "versionremoved": "Removed in version",
}
SETTINGS = {
    "file_insertion_enabled": False,
    "raw_enabled": False,
    "report_level": 5,
    "halt_level": 5,
    "warning_stream": False,
    "_disable_config": True,
    # A line of a text that no editor has wrapped is a paragraph, or a picture in letters: any is read.
    "line_length_limit": sys.maxsize,
    "syntax_highlight": "none",
    "smart_quotes": False,
    "math_output": "latex",
    "embed_stylesheet": False,
    # Headings would be links to a table of contents, and have numbers before them.
    "toc_backlinks": False,
    "sectnum_xform": False,
}


def load_rst(path: Path, source: str, encoding: str | None = None) -> Document:
    """What Sphinx and others add to the language is text: a directive's words and content, a role's label."""
    text, warnings = decode(path.read_bytes(), source, encoding)
    _let_pass(text)
    document = publish_doctree(text, settings_overrides=SETTINGS)
    _keep_refused(document)
    writer = get_writer_class("html5")()
    publish_from_doctree(document, writer=writer, settings_overrides=SETTINGS)
    # Of the page without its head: a document without a title would be called "<string>" there.
    body = ASIDE.sub(r"\1div", NAMES.sub("", writer.parts["html_body"]))
    page = f"<title>{html.escape(document.get('title') or '')}</title>{body}"
    return replace(parse_html(source, page), warnings=warnings)


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
        for argument in self.arguments:
            inside += nodes.paragraph("", "", *self._said(argument))
        self.state.nested_parse(self.content, self.content_offset, inside)
        return [inside]

    def _said(self, argument: str) -> list[nodes.Node]:
        if self.name.lower() not in SINCE:
            return [nodes.Text(argument)]
        version, *why = argument.split(maxsplit=1)
        words = ": ".join([f"{SINCE[self.name.lower()]} {version}", *why])
        return self.state.inline_text(words, self.lineno)[0]


class Lenient(Directive):
    """One of docutils' own, as `Own`, that takes what it does not know: docutils would leave it out as a whole."""

    Own: type[Directive]

    def run(self) -> list[nodes.Node]:
        known = self.Own.option_spec or {}
        self.options = {
            name: value for name, value in self.options.items() if name in known and value is not WRONG
        }
        made, failed = list[nodes.Node](), True
        # Without its argument, docutils' own looks for it in vain.
        if len(self.arguments) >= self.Own.required_arguments:
            with suppress(DirectiveError):
                made = list(super().run())
                failed = bool(made) and all(isinstance(node, nodes.system_message) for node in made)
        if failed and self.content:  # which is read below, and not as it is written
            made = []
        # Without an empty line, what stands below is taken for the argument.
        if failed and self.Own.has_content:
            said = [self.state.inline_text(argument, self.lineno)[0] for argument in self.arguments]
            made += [nodes.paragraph("", "", *words) for words in said]
        if self.content and (failed or not self.Own.has_content):
            inside = nodes.container()
            self.state.nested_parse(self.content, self.content_offset, inside)
            made.append(inside)
        return made


WRONG = object()


def _lenient(own: type[Directive]) -> type[Directive]:
    def tolerant(option: Callable[[str], Any]) -> Callable[[str], Any]:
        def convert(value: str) -> Any:
            try:
                return option(value)
            except (ValueError, TypeError):
                return WRONG

        return convert

    known = {name: tolerant(option) for name, option in (own.option_spec or {}).items()}
    takes_arguments = own.required_arguments + own.optional_arguments > 0
    return type(
        own.__name__,
        (Lenient, own),
        {
            "Own": own,
            "option_spec": defaultdict(lambda: directives.unchanged, known),
            "has_content": True,
            "required_arguments": 0,
            "optional_arguments": own.required_arguments + own.optional_arguments,
            "final_argument_whitespace": own.final_argument_whitespace or takes_arguments,
        },
    )


def _passed(role: str, raw: str, text: str, *_: Any, **__: Any) -> tuple[list[nodes.Node], list[nodes.Node]]:
    label = LABEL.fullmatch(text)
    return [nodes.Text(label[1] if label else text)], []


def _let_pass(text: str) -> None:
    """Have docutils take directives, options and roles that it does not know: it would leave out what they hold."""
    settings = get_default_settings(Parser)
    vars(settings).update(SETTINGS)
    document = new_document("", settings)
    english = get_language("en", document.reporter)
    for name in set(DIRECTIVE.findall(text)):
        known = directives.directive(name, english, document)[0]
        if known is None:
            directives.register_directive(name.lower(), Passed)
        elif not issubclass(known, Passed | Lenient | Raw):
            directives.register_directive(name.lower(), _lenient(known))
    for name in {before or after for before, after in ROLE.findall(text)}:
        if roles.role(name, english, 0, document.reporter)[0] is None:
            roles.register_canonical_role(name.lower(), _passed)  # type: ignore[arg-type]


def _keep_refused(document: nodes.document) -> None:
    """What docutils refuses, such as a table out of line, is in messages only: put it where those are, as it is
    written; titles of a level that they may not have as titles."""
    for message in list(document.findall(nodes.system_message)):
        written = next(message.findall(nodes.literal_block), None)
        if written is None or message["level"] < Reporter.ERROR_LEVEL or not message.parent:
            continue
        if title := TITLE.fullmatch(written.astext()):
            sections, at = 0, message.parent
            while at.parent:
                sections, at = sections + isinstance(at, nodes.section), at.parent
            level = min(sections + 2, 6)
            heading = f"<h{level}>{html.escape(title['words'].strip())}</h{level}>"
            message.replace_self(nodes.raw("", heading, format="html"))
        else:
            message.replace_self(written)
