"""Schemas of arguments in the forms of calls that are no JSON: all that they say is held, or told to be not."""

import json
from typing import Any

import pytest
from byte_grammar import Grammar, plain
from llguidance import LLTokenizer
from test_call_forms import held, read

from server.chat.tool_calls.format import GEMMA, LFM2, MINICPM, QWEN_XML, ToolFormat
from server.chat.tool_calls.grammar import UnsupportedTool, calls_grammar, parameters_of
from server.chat.tool_calls.tools import Tool

FORMS = {"MiniCPM5": MINICPM, "LFM2": LFM2, "Gemma 4": GEMMA, "Qwen3-Coder": QWEN_XML}
Schema = dict[str, Any]

CITY: Schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
DAYS: Schema = {"type": "object", "properties": {"days": {"type": "integer"}}, "required": ["days"]}
BOTH: Schema = {"city": {"type": "string"}, "days": {"type": "integer"}}
UNITS: Schema = {"enum": ["km", "5", "true"]}


@pytest.fixture(params=FORMS)
def form(request: pytest.FixtureRequest) -> ToolFormat:
    return FORMS[request.param]


def book(parameters: Schema, *, strict: bool = False) -> Tool:
    return Tool("book", "", parameters, strict)


def passes(byte_tokenizer: LLTokenizer, form: ToolFormat, tool: Tool, arguments: Schema) -> bool:
    return admits(byte_tokenizer, form, form.write([("book", arguments)]), tool)


def admits(byte_tokenizer: LLTokenizer, form: ToolFormat, text: str, tool: Tool) -> bool:
    try:
        return held(byte_tokenizer, form, text, (tool,)).may_end
    except AssertionError:
        return False


@pytest.mark.parametrize(
    ("parameters", "right", "wrong"),
    [
        ({"$ref": "#/$defs/City", "$defs": {"City": CITY}}, {"city": "Oslo"}, {}),
        ({"type": "object", "allOf": [CITY, DAYS]}, {"city": "Oslo", "days": 3}, {"city": "Oslo"}),
        ({"type": "object", "anyOf": [CITY, DAYS]}, {"days": 3}, {}),
        (
            {"type": "object", "properties": BOTH, "anyOf": [{"required": ["city"]}, {"required": ["days"]}]},
            {"days": 3},
            {},
        ),
        ({**CITY, "required": ["city", "on"]}, {"city": "Oslo", "on": 5}, {"city": "Oslo"}),
        ({"type": "object", "additionalProperties": {"type": "integer"}}, {"a": 1, "b": 2}, {"a": "x"}),
        (
            {**CITY, "additionalProperties": {"type": "integer"}},
            {"city": "Oslo", "zip": 2},
            {"city": "x", "zip": "y"},
        ),
        (
            {**CITY, "additionalProperties": {"type": "integer"}},
            {"city": "city"},
            {"city": "Oslo", "zip": True},
        ),
    ],
)
def test_arguments_need_not_stand_under_properties(
    byte_tokenizer: LLTokenizer, form: ToolFormat, parameters: Schema, right: Schema, wrong: Schema
) -> None:
    tool = book(parameters)

    assert not calls_grammar((tool,), form, plain, parallel=False).unheld
    assert passes(byte_tokenizer, form, tool, right)
    assert not passes(byte_tokenizer, form, tool, wrong)
    assert read(form, form.write([("book", right)]), 3, (tool,)) == [("book", right)]


def test_a_free_argument_has_no_name_that_is_described(byte_tokenizer: LLTokenizer, form: ToolFormat) -> None:
    """It would give a declared one a value of another type."""
    arguments = form.write([("book", {"days": 3, "zip": 4})])
    tool = book({"type": "object", "properties": {"days": {"type": "integer"}}, "additionalProperties": True})

    assert held(byte_tokenizer, form, arguments, (tool,)).may_end
    with pytest.raises(AssertionError):
        held(byte_tokenizer, form, arguments.replace("zip", "days"), (tool,))


@pytest.mark.parametrize(
    ("parameters", "keyword"),
    [
        (
            {
                "type": "object",
                "patternProperties": {"^x": {"type": "string"}},
                "additionalProperties": False,
            },
            "patternProperties",
        ),
        ({"type": "object", "additionalProperties": {"type": "string"}, "minProperties": 1}, "minProperties"),
    ],
)
def test_what_a_form_cannot_hold_is_told_or_refused(
    byte_tokenizer: LLTokenizer, form: ToolFormat, parameters: Schema, keyword: str
) -> None:
    tool = book(parameters)

    assert calls_grammar((tool,), form, plain, parallel=False).unheld == (f"book.{keyword}",)
    assert passes(byte_tokenizer, form, tool, {"x_1": "a"})
    with pytest.raises(UnsupportedTool, match=keyword):
        calls_grammar((book(parameters, strict=True),), form, plain, parallel=False)


OPTIONAL: dict[str, Schema] = {
    "a list of types": {"type": ["string", "null"]},
    "anyOf": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None, "title": "Text"},
}


@pytest.mark.parametrize("schema", OPTIONAL.values(), ids=OPTIONAL)
@pytest.mark.parametrize("value", ["Oslo", "5", "nobody", "", None])
def test_an_optional_string_is_written_as_one(
    byte_tokenizer: LLTokenizer, form: ToolFormat, schema: Schema, value: str | None
) -> None:
    tool = book({"type": "object", "properties": {"text": schema}, "required": ["text"]})
    written = form.write([("book", {"text": value})])
    as_a_string = form.write([("book", {"text": "null"})])

    assert value is None or written == as_a_string.replace("null", value)
    assert passes(byte_tokenizer, form, tool, {"text": value})
    assert read(form, written, 2, (tool,)) == [("book", {"text": value})]


@pytest.mark.parametrize(
    "schema",
    [UNITS, {"$ref": "#/$defs/Units"}, {"anyOf": [{"$ref": "#/$defs/Units"}, {"type": "null"}]}],
)
@pytest.mark.parametrize("value", ["km", "5", "true"])
def test_strings_of_a_list_are_written_as_strings(
    byte_tokenizer: LLTokenizer, form: ToolFormat, schema: Schema, value: str
) -> None:
    tool = book(
        {"type": "object", "properties": {"unit": schema}, "required": ["unit"], "$defs": {"Units": UNITS}}
    )

    assert passes(byte_tokenizer, form, tool, {"unit": value})
    assert not passes(byte_tokenizer, form, tool, {"unit": "kilo"})
    assert read(form, form.write([("book", {"unit": value})]), 2, (tool,)) == [("book", {"unit": value})]


@pytest.mark.parametrize(
    ("form", "written"),
    [
        (
            QWEN_XML,
            "<tool_call>\n<function=book>\n<parameter=on>\n{}\n</parameter>\n</function>\n</tool_call>",
        ),
        (MINICPM, '<function name="book"><param name="on">{}</param></function>'),
        (LFM2, "<|tool_call_start|>[book(on={})]<|tool_call_end|>"),
        (GEMMA, "<|tool_call>call:book{{on:{}}}<tool_call|>"),
    ],
)
@pytest.mark.parametrize(
    ("word", "schema", "value"),
    [
        ("True", {"type": "boolean"}, True),
        ("None", {"type": ["boolean", "null"]}, None),
        ("None", {"anyOf": [{"type": "integer"}, {"type": "null"}]}, None),
    ],
)
def test_words_are_pythons_too(
    byte_tokenizer: LLTokenizer, form: ToolFormat, written: str, word: str, schema: Schema, value: Any
) -> None:
    """All these templates render them so, but Gemma's true and false."""
    text = written.format("true" if form is GEMMA and value else word)
    tool = book({"type": "object", "properties": {"on": schema}, "required": ["on"]})

    assert held(byte_tokenizer, form, text, (tool,)).may_end
    assert read(form, text, 1, (tool,)) == [("book", {"on": value})]


def test_lfm2_quotes_as_python_does_in_lists_and_choices(byte_tokenizer: LLTokenizer) -> None:
    tool = book({"properties": {"tags": {"type": "array", "items": {"type": "string"}}, "unit": UNITS}})
    text = "<|tool_call_start|>[book(tags=['a', \"it's\"], unit='km')]<|tool_call_end|>"

    assert held(byte_tokenizer, LFM2, text, (tool,)).may_end
    assert read(LFM2, text, 1, (tool,)) == [("book", {"tags": ["a", "it's"], "unit": "km"})]


@pytest.mark.parametrize("keyword", [{"pattern": "^a"}, {"format": "date"}, {"maxLength": 3}])
def test_gemma_tells_what_its_strings_are_not_held_to_at_any_depth(keyword: Schema) -> None:
    text: Schema = {"type": "string", **keyword}
    properties: Schema = {
        "tags": {"type": "array", "items": text},
        "place": {"type": "object", "properties": {"city": text}},
        "day": {"$ref": "#/$defs/Text"},
        "near": {"$ref": "#/$defs/Place"},
    }
    # An object with such a string behind a reference is JSON, and so held.
    behind = {"Place": {"type": "object", "properties": {"street": text}}, "Text": text}
    parameters: Schema = {"type": "object", "properties": properties, "$defs": behind}
    [name] = keyword

    assert calls_grammar((book(parameters),), GEMMA, plain, parallel=False).unheld == tuple(
        f"book.{way}.{name}" for way in ("tags.items", "place.city", "day")
    )
    with pytest.raises(UnsupportedTool, match=r"tags\.items"):
        calls_grammar((book(parameters, strict=True),), GEMMA, plain, parallel=False)


NEAR: Schema = {
    "to": {"$ref": "#/$defs/City"},
    "cities": {"type": "array", "items": {"$ref": "#/$defs/City"}},
}


@pytest.mark.parametrize(
    ("properties", "written"),
    [
        (NEAR, 'to:{city:<|"|>Oslo<|"|>}'),
        (NEAR, 'cities:[{city:<|"|>Oslo<|"|>},{city:<|"|>Rio<|"|>}]'),
        ({"to": {"anyOf": [{"$ref": "#/$defs/City"}, {"type": "null"}]}}, 'to:{city:<|"|>Oslo<|"|>}'),
        (
            {"names": {"type": "object", "additionalProperties": {"type": "string"}}},
            'names:{Oslo:<|"|>a<|"|>,Rio de:<|"|>b<|"|>}',
        ),
        (
            {"names": {"type": "object", "additionalProperties": {"type": "string"}}},
            'names:{"it\'s": "in quotes"}',
        ),
        ({"on": {}}, 'on:{a:[1,{b:<|"|>c<|"|>}],d:true}'),
        ({"on": {"type": "array"}}, 'on:[<|"|>a<|"|>,[],null,{}]'),
        ({"on": {"type": "object"}}, 'on:{"it\'s": {"in": ["quotes", 1]}}'),
        (
            {"days": {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 3}},
            "days:[1,2,3]",
        ),
        ({"days": {"type": "array", "items": {"type": "integer"}, "minItems": 1}}, "days:[1]"),
    ],
)
def test_what_gemmas_template_shows_may_be_written(
    byte_tokenizer: LLTokenizer, properties: Schema, written: str
) -> None:
    """JSON's quotation marks were forced behind a reference, in maps, and in lists of a certain length."""
    tool = book({"type": "object", "properties": properties, "$defs": {"City": CITY}})
    text = f"<|tool_call>call:book{{{written}}}<tool_call|>"

    assert admits(byte_tokenizer, GEMMA, text, tool)
    [(_, arguments)] = read(GEMMA, text, 1, (tool,))
    assert arguments.keys() <= properties.keys()


@pytest.mark.parametrize("days", ["[]", "[1]", "[1,2,3,4]"])
def test_the_length_of_a_list_is_held(byte_tokenizer: LLTokenizer, days: str) -> None:
    schema = {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 3}
    tool = book({"type": "object", "properties": {"days": schema}})

    assert not admits(byte_tokenizer, GEMMA, f"<|tool_call>call:book{{days:{days}}}<tool_call|>", tool)


def test_a_tree_that_refers_to_itself_comes_to_an_end(byte_tokenizer: LLTokenizer) -> None:
    leaves = {"type": "array", "items": {"$ref": "#/$defs/Tree"}}
    tree = {"type": "object", "properties": {"leaves": leaves, "also": leaves}}
    tool = book({"type": "object", "properties": {"tree": {"$ref": "#/$defs/Tree"}}, "$defs": {"Tree": tree}})

    assert admits(
        byte_tokenizer,
        GEMMA,
        "<|tool_call>call:book{tree:{leaves:[{leaves:[]},{also:[]}]}}<tool_call|>",
        tool,
    )


@pytest.mark.parametrize("schema", [{}, {"type": ["string", "integer"]}], ids=["any", "two types"])
@pytest.mark.parametrize("value", ["Oslo", "", "it is [so]", "nil", " 5 </b>", 7])
def test_a_string_that_may_be_something_else_stands_bare_as_templates_show_it(
    byte_tokenizer: LLTokenizer, form: ToolFormat, schema: Schema, value: Any
) -> None:
    tool = book({"type": "object", "properties": {"on": schema}, "required": ["on"]})

    assert passes(byte_tokenizer, form, tool, {"on": value})
    assert read(form, form.write([("book", {"on": value})]), 1, (tool,)) == [("book", {"on": value})]


@pytest.mark.parametrize("form", [QWEN_XML, MINICPM])
@pytest.mark.parametrize("value", ["5", "-x", "[a]", '"a"'])
def test_what_would_be_read_as_json_is_not_bare(
    byte_tokenizer: LLTokenizer, form: ToolFormat, value: str
) -> None:
    tool = book({"type": "object", "properties": {"on": {"type": ["string", "boolean"]}}, "required": ["on"]})

    assert passes(byte_tokenizer, form, tool, {"on": value}) == (value == '"a"')
    quoted = form.write([("book", {"on": "VALUE"})]).replace("VALUE", json.dumps(value))
    assert read(form, quoted, 1, (tool,)) == [("book", {"on": value})]


def test_lfm2_writes_words_in_lists_as_python_does(byte_tokenizer: LLTokenizer) -> None:
    tool = book({"properties": {"on": {"type": "array", "items": {"type": ["boolean", "null"]}}}})
    text = LFM2.write([("book", {"on": [True, None]})])

    assert "[True, None]" in text
    assert admits(byte_tokenizer, LFM2, text, tool)


def test_a_name_inside_may_have_the_mark_that_ends_names(byte_tokenizer: LLTokenizer) -> None:
    inside = {"type": "object", "properties": {"k:v": {"type": "integer"}, "k": {"type": "string"}}}
    tool = book({"type": "object", "properties": {"o": inside}})
    arguments = {"o": {"k:v": 3, "k": "v:w"}}

    assert passes(byte_tokenizer, GEMMA, tool, arguments)
    assert read(GEMMA, GEMMA.write([("book", arguments)]), 1, (tool,)) == [("book", arguments)]


def test_gemmas_own_quotation_mark_in_a_string_is_read_back() -> None:
    arguments = {"text": 'It writes <|"|> so.', "tags": ['<|"|>']}

    assert read(GEMMA, GEMMA.write([("book", arguments)]), 1) == [("book", arguments)]


@pytest.mark.parametrize("keyword", ["anyOf", "allOf"])
def test_references_that_lead_to_ever_more_of_them_come_to_an_end(form: ToolFormat, keyword: str) -> None:
    again: list[Schema] = [{"$ref": "#/$defs/A"}, {"type": "string"}, {"$ref": "#/$defs/A"}]
    behind = {"A": {"type": "array", "items": {keyword: again}}, "B": {keyword: again * 5}}
    properties = {name: {"$ref": f"#/$defs/{name}"} for name in "AB"}
    parameters: Schema = {"type": "object", "properties": properties, "$defs": behind}

    assert calls_grammar((book(parameters),), form, plain, parallel=False).lark
    assert parameters_of(
        book({keyword: [{"$ref": "#/$defs/C"}] * 9, "$defs": {"C": {keyword: [{"$ref": "#/$defs/C"}] * 9}}})
    ).unheld


def test_a_string_that_has_to_follow_a_pattern_is_held_where_it_is_optional(
    byte_tokenizer: LLTokenizer,
) -> None:
    """What can be held is held, even if no template writes it so."""
    date = {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]}
    tool = book({"type": "object", "properties": {"on": date}, "required": ["on"]}, strict=True)
    for form in FORMS.values():
        grammar = Grammar(byte_tokenizer, calls_grammar((tool,), form, plain, parallel=False).lark)
        grammar.write('"2026').write("01").write("3")
        assert grammar.allows("1")
        assert not grammar.allows("2")
