"""The forms of calls that are no JSON: what their grammars let through is read as what was meant, with its types."""

import ast
import json
from typing import Any

import pytest
from byte_grammar import Grammar, plain
from llguidance import LLTokenizer

from server.chat.tool_calls.detector import CallDetector
from server.chat.tool_calls.format import GEMMA, GRANITE, LFM2, MINICPM, QWEN_XML, ToolFormat, format_of
from server.chat.tool_calls.grammar import calls_grammar
from server.chat.tool_calls.parser import CallParser
from server.chat.tool_calls.tools import Tool

FORMS = {"MiniCPM5": MINICPM, "LFM2": LFM2, "Gemma 4": GEMMA, "Granite 3": GRANITE, "Qwen3-Coder": QWEN_XML}
PROPERTIES: dict[str, Any] = {
    "text": {"type": "string"},
    "unit": {"type": "string", "enum": ["km", "miles"]},
    "days": {"type": "integer"},
    "ratio": {"type": "number"},
    "loud": {"type": "boolean"},
    "tags": {"type": "array", "items": {"type": "string"}},
    "place": {
        "type": "object",
        "properties": {"city": {"type": "string"}, "zip": {"type": "integer"}},
        "required": ["city"],
    },
}
TOOL = Tool("book", "", {"type": "object", "properties": PROPERTIES, "required": ["text"]})
CLOCK = Tool("clock", "", {"type": "object", "properties": {}})
TOOLS = (TOOL, CLOCK)

ARGUMENTS: list[dict[str, Any]] = [
    {"text": "Oslo"},
    {"text": ""},
    {"text": "3"},
    {"text": "true", "loud": True},
    {"text": 'Say "hi" (twice), please', "unit": "km", "days": -3, "ratio": 0.5, "loud": False},
    {"text": "<b>&amp;</b>\nsecond line, a=1, }", "tags": ["a", "b c", "d,e"]},
    {"text": "x", "tags": [], "place": {"city": "Rio, BR", "zip": 20000}},
    {"text": "</function>"},
    {"text": "a</param></function>b"},
    {"text": "x", "tags": ["a</param>b", "\n</parameter>\n"], "place": {"city": "</param></function>"}},
]


@pytest.fixture(params=FORMS)
def form(request: pytest.FixtureRequest) -> ToolFormat:
    return FORMS[request.param]


def held(
    byte_tokenizer: LLTokenizer, form: ToolFormat, text: str, tools: tuple[Tool, ...] = TOOLS
) -> Grammar:
    """The grammar of the calls, after it has let a text through."""
    grammar = Grammar(byte_tokenizer, calls_grammar(tools, form, plain, parallel=True).lark)
    while len(grammar.text) < len(text):
        assert text.startswith(grammar.text), f"{grammar.text!r} is forced"
        grammar.write(text[len(grammar.text)])
    assert grammar.text == text
    return grammar


def read(form: ToolFormat, text: str, step: int, tools: tuple[Tool, ...] = TOOLS) -> list[tuple[str, Any]]:
    parser = CallParser(form, tools)
    calls: list[tuple[str, str]] = []
    for at in range(0, len(text), step):
        for delta in parser.add(text[at : at + step]):
            if delta.name is not None:
                calls.append((delta.name, ""))
            name, arguments = calls[-1]
            calls[-1] = (name, arguments + delta.arguments)
    return [(name, json.loads(arguments)) for name, arguments in calls]


@pytest.mark.parametrize("arguments", ARGUMENTS)
def test_what_the_template_teaches_passes_the_grammar(
    byte_tokenizer: LLTokenizer, form: ToolFormat, arguments: dict[str, Any]
) -> None:
    assert held(byte_tokenizer, form, form.write([("book", arguments), ("clock", {})])).may_end


@pytest.mark.parametrize("step", [1, 7, 1000])
@pytest.mark.parametrize("arguments", [*ARGUMENTS, {"text": "北京（首都）", "tags": ["é"]}])
def test_values_keep_their_types_and_their_letters(
    form: ToolFormat, arguments: dict[str, Any], step: int
) -> None:
    calls = [("book", arguments), ("clock", {})]

    assert read(form, form.write(calls), step) == calls


@pytest.mark.parametrize("form", [MINICPM, LFM2, GEMMA])
def test_an_integer_is_not_written_as_a_string(byte_tokenizer: LLTokenizer, form: ToolFormat) -> None:
    assert form.notation
    tool = Tool(
        "wait", "", {"type": "object", "properties": {"days": {"type": "integer"}}, "required": ["days"]}
    )
    grammar = Grammar(byte_tokenizer, calls_grammar((tool,), form, plain, parallel=False).lark)

    assert grammar.text.endswith(form.notation.write({"days": 7}).partition("7")[0])
    assert grammar.allows("7")
    assert not any(grammar.allows(quote) for quote in "\"'<a")


@pytest.mark.parametrize("quoted", ["'it\\'s'", '"it\'s"', "'it’s'"])
def test_lfm2_may_quote_as_python_does(byte_tokenizer: LLTokenizer, quoted: str) -> None:
    """LFM2.5-8B's template shows single quotes, its predecessors' documentation double ones."""
    text = f"<|tool_call_start|>[book(text={quoted})]<|tool_call_end|>"

    if text.isascii():
        assert held(byte_tokenizer, LFM2, text).may_end
    assert read(LFM2, text, 3) == [("book", {"text": ast.literal_eval(quoted)})]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (r"C:\Users\me", r"C:\Users\me"),
        (r"\xzz \u12 \N{q} \d \U00ffffff", r"\xzz \u12 \N{q} \d \U00ffffff"),
        (r"\\Users \x41\u00e9\U0001f600\t", "\\Users Aé😀\t"),
        (r"\ud83d\ude00 \ud83d", "😀 \ufffd"),
    ],
)
def test_an_escape_that_python_does_not_know_stays_as_it_is(
    byte_tokenizer: LLTokenizer, written: str, meant: str
) -> None:
    text = f"<|tool_call_start|>[book(text='{written}')]<|tool_call_end|>"

    assert held(byte_tokenizer, LFM2, text).may_end
    assert read(LFM2, text, 1) == [("book", {"text": meant})]


@pytest.mark.parametrize("step", [1, 1000])
def test_a_call_is_found_by_its_mark(form: ToolFormat, step: int) -> None:
    detector = CallDetector(form, ["book", "clock"])
    text = "Let me look.\n" + form.write([("book", {"text": "Oslo"})])

    said = "".join(detector.add(text[at : at + step]) for at in range(0, len(text), step))

    assert detector.found
    assert said.rstrip() == "Let me look."


@pytest.mark.parametrize(
    ("template", "form"),
    [
        ('{% if tools %}<function name="f"><param name="p">v</param></function>{% endif %}', MINICPM),
        ("{% if tools %}List of tools: [{% endif %}", LFM2),
        ("{% if tools %}<|tool_call_start|>{% endif %}", LFM2),
        ("{% if tools %}<|tool_call>call:{% endif %}", GEMMA),
        ("{% if tools %}<|tool_call|>{% endif %}", GRANITE),
        ("{% if tools %}<tool_call>{name}<arg_key>{% endif %}", None),
    ],
)
def test_the_template_tells_the_form(template: str, form: ToolFormat | None) -> None:
    assert format_of(template) is form
