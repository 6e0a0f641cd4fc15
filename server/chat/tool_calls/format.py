"""How models write tool calls, as their chat templates show."""

import json
from dataclasses import dataclass
from typing import Any

from server.chat.tool_calls.arguments.elements import Elements
from server.chat.tool_calls.arguments.gemma import Gemma
from server.chat.tool_calls.arguments.named_values import Pythonic
from server.chat.tool_calls.arguments.notation import Notation


@dataclass(frozen=True)
class ToolFormat:
    """The fixed texts around a call's name and arguments.

    All calls together are `begin`, then calls with `separator` between them, then `end`; each of them is
    `before_name`, the name, `before_arguments`, the arguments, `after_arguments`. `marks` are texts that begin
    a call and nothing else. Arguments are one JSON object, or what their `notation` says.
    """

    before_name: str
    before_arguments: str
    after_arguments: str
    begin: str = ""
    separator: str = ""
    end: str = ""
    marks: tuple[str, ...] = ()
    notation: Notation | None = None

    def write(self, calls: list[tuple[str, dict[str, Any]]]) -> str:
        """Calls, by name and arguments, as a model would write them."""
        return self.begin + self.separator.join(self._write(*call) for call in calls) + self.end

    def _write(self, name: str, arguments: dict[str, Any]) -> str:
        notation = self.notation
        text = notation.write(arguments) if notation else json.dumps(arguments, ensure_ascii=False)
        return f"{self.before_name}{name}{self.before_arguments}{text}{self.after_arguments}"


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
    notation=Elements("<parameter={}>\n", "\n</parameter>\n"),
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


# MiniCPM5.
MINICPM = ToolFormat(
    before_name='<function name="',
    before_arguments='">',
    after_arguments="</function>",
    separator="\n",
    marks=('<function name="',),
    notation=Elements('<param name="{}">', "</param>", cdata=True),
)

# LFM2 and LFM2.5.
LFM2 = ToolFormat(
    begin="<|tool_call_start|>[",
    before_name="",
    before_arguments="(",
    after_arguments=")",
    separator=", ",
    end="]<|tool_call_end|>",
    marks=("<|tool_call_start|>",),
    notation=Pythonic(),
)

# Gemma 4.
GEMMA = ToolFormat(
    before_name="<|tool_call>call:",
    before_arguments="{",
    after_arguments="}<tool_call|>",
    marks=("<|tool_call>",),
    notation=Gemma(),
)

# Granite 3; Granite 4 has that of Hermes.
GRANITE = ToolFormat(
    begin="<|tool_call|>[",
    before_name='{"name": "',
    before_arguments='", "arguments": ',
    after_arguments="}",
    separator=", ",
    end="]",
    marks=("<|tool_call|>",),
)

# What only one form's templates say, in the order in which to look: some write their own inside another's marks.
TAUGHT_BY: tuple[tuple[tuple[str, ...], ToolFormat | None], ...] = (
    (("<arg_key>",), None),  # GLM's
    (("minimax",), None),
    (("<tool_calls>",), None),  # Apriel's
    (("<|python_tag|>", "<function="), None),  # Functionary's
    (("<tool_call>", "<function="), QWEN_XML),
    (("<tool_call>",), HERMES),
    (("[TOOL_CALLS]", "[ARGS]"), MISTRAL_ARGS),
    (("[TOOL_CALLS]",), MISTRAL),
    (('<function name="',), MINICPM),
    (("<|tool_call_start|>",), LFM2),
    (("List of tools: ",), LFM2),
    (("<|tool_call>call:",), GEMMA),
    (("<|tool_call|>",), GRANITE),
    (("<|python_tag|>",), LLAMA),
    (('"parameters": dictionary',), LLAMA),
)


def format_of(template: str) -> ToolFormat | None:
    """The form that a chat template teaches; None if it knows no tools, or a form that we do not read."""
    if "tools" not in template:
        return None
    return next((form for texts, form in TAUGHT_BY if all(text in template for text in texts)), None)
