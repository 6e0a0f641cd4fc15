"""What every sample shares with its user: the question from the command line, and the steps on the screen."""

import json
import sys

from langchain_core.messages import AIMessage, AnyMessage, ToolMessage
from rich.console import Console
from rich.markdown import Markdown
from rich.text import Text

SHOWN_CHARACTERS = 300

console = Console(highlight=False, soft_wrap=True)


def question(usage: str | None) -> str:
    """The command line's words as one question; without any, print the usage and leave with code 2."""
    words = sys.argv[1:]
    if not words or words[0] in ("-h", "--help"):
        console.print(usage or "", markup=False, end="")
        sys.exit(0 if words else 2)
    return " ".join(words)


def show(message: AnyMessage) -> None:
    """A tool call, a tool's result or the answer."""
    match message:
        case AIMessage():
            if message.text.strip():
                console.print(Markdown(message.text) if console.is_terminal else Text(message.text))
            for call in message.tool_calls:
                arguments = json.dumps(call["args"], ensure_ascii=False)
                console.print(Text(f"→ {call['name']} {arguments}", style="cyan"))
            for broken in message.invalid_tool_calls:
                note(
                    f"The model's call of {broken['name']} is not valid JSON: {broken['args']}",
                    f"模型对 {broken['name']} 的调用不是合法的 JSON。",
                )
            if not (message.text.strip() or message.tool_calls or message.invalid_tool_calls):
                note("The model gave an empty answer.", "模型给出了空的回答。")
        case ToolMessage():
            result = str(message.text)
            if len(result) > SHOWN_CHARACTERS:
                result = f"{result[:SHOWN_CHARACTERS]} … ({len(result)} characters)"
            console.print(Text(f"← {result}", style="red" if message.status == "error" else "green"))


def note(en: str, zh: str) -> None:
    """A word of the program's own, in both languages."""
    console.print(Text(f"{en}\n{zh}", style="yellow"))
