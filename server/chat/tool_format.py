"""How models write tool calls, as their chat templates show."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ToolFormat:
    """The fixed texts around a call's name and arguments.

    All calls together are `begin`, then calls with `separator` between them, then `end`; each of them is
    `before_name`, the name, `before_arguments`, the arguments, `after_arguments`. `marks` are texts that begin
    a call and nothing else. Arguments are one JSON object, or, with `xml_arguments`, an element each.
    """

    before_name: str
    before_arguments: str
    after_arguments: str
    begin: str = ""
    separator: str = ""
    end: str = ""
    marks: tuple[str, ...] = ()
    xml_arguments: bool = False


# NousResearch's Hermes 2 Pro, Qwen 2.5 and Qwen 3; also what models without a form of their own are told to write.
HERMES = ToolFormat(
    before_name='<tool_call>\n{"name": "',
    before_arguments='", "arguments": ',
    after_arguments="}\n</tool_call>",
    separator="\n",
    marks=("<tool_call>",),
)

# Qwen3-Coder.
QWEN_XML = ToolFormat(
    before_name="<tool_call>\n<function=",
    before_arguments=">\n",
    after_arguments="</function>\n</tool_call>",
    separator="\n",
    marks=("<tool_call>", "<function="),
    xml_arguments=True,
)

# Llama 3.1 to 3.3. The mark begins the code of a built-in tool; a call of a declared one often has none.
LLAMA = ToolFormat(
    before_name='{"name": "',
    before_arguments='", "parameters": ',
    after_arguments="}",
    separator="; ",
    marks=("<|python_tag|>",),
)

# Mistral 7B v0.3, Nemo, Small 2409.
MISTRAL = ToolFormat(
    begin="[TOOL_CALLS][",
    before_name='{"name": "',
    before_arguments='", "arguments": ',
    after_arguments="}",
    separator=", ",
    end="]",
    marks=("[TOOL_CALLS]",),
)

# Mistral Small 3.2, Devstral, Magistral.
MISTRAL_ARGS = ToolFormat(
    before_name="[TOOL_CALLS]",
    before_arguments="[ARGS]",
    after_arguments="",
    marks=("[TOOL_CALLS]",),
)


def format_of(template: str) -> ToolFormat | None:
    """The form that a chat template teaches; None if it knows no tools, or a form that we do not read."""
    if "tools" not in template:
        return None
    if "<tool_call>" in template:
        return QWEN_XML if "<function=" in template else HERMES
    if "[TOOL_CALLS]" in template:
        return MISTRAL_ARGS if "[ARGS]" in template else MISTRAL
    if "<|python_tag|>" in template or '"parameters": dictionary' in template:
        return LLAMA
    return None
