"""A conversation with the chat model, and the same as code."""

import json
from typing import Any

from nicegui import ui

from kit.page.conversation import Conversation
from kit.page.say import Say
from kit.page.turn import Turn
from server.page.calls import Calls
from server.page.chat import Chat

TOOLS = """\
[{"type": "function", "function": {
  "name": "get_weather", "description": "The weather in a city 城市天气",
  "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}}]"""


class Ask:
    """With tools, the person plays them."""

    def __init__(self, calls: Calls, say: Say) -> None:
        self._calls, self._say = calls, say
        self._chat = Chat()
        with ui.expansion(say("Settings", "设置"), icon="tune"):
            self._system = ui.textarea(say("System prompt", "系统提示词")).classes("full-width")
            self._temperature = ui.number(say("Temperature", "温度"), value=0, min=0, max=2, step=0.1)
            self._uses_tools = ui.switch(say("Tools: you play them", "工具：由您给出结果"))
            self._tools = ui.textarea(say("Tools as JSON", "工具（JSON）"), value=TOOLS).classes("full-width")
            self._tools.bind_visibility_from(self._uses_tools, "value")
        self._conversation = Conversation(say, self._answer, self._forget)
        with ui.expansion(say("Use this in your agent", "在您的智能体中使用"), icon="code") as code:
            self._code = ui.column()
        code.on_value_change(lambda change: self._show_code() if change.value else None)

    def _forget(self) -> None:
        self._chat = Chat()
        self._ask_for_result()

    async def _answer(self, turn: Turn) -> None:
        settings, chat = self._settings(), self._chat
        chat.add(turn.question)
        if not chat.open_call:
            async for chunk in chat.answer(self._calls, chat.body(self._system.value, settings)):
                self._show(chunk, turn)
            for call in chat.last_calls:
                turn.call(call["id"], call["function"]["name"], call["function"]["arguments"])
        self._ask_for_result()

    def _show(self, chunk: dict[str, Any], turn: Turn) -> None:
        for delta in (choice["delta"] for choice in chunk["choices"]):
            turn.write(delta.get("reasoning_content") or "", is_thought=True)
            turn.write(delta.get("content") or "")
            if delta.get("tool_calls"):
                turn.begins()
        if usage := chunk.get("usage"):
            cached = usage["prompt_tokens_details"]["cached_tokens"]
            turn.cost(usage["prompt_tokens"], cached, usage["completion_tokens"])

    def _ask_for_result(self) -> None:
        say, call = self._say, self._chat.open_call
        name = call["function"]["name"] if call else ""
        words = say(f"What does {name} return?", f"{name} 返回什么？")
        self._conversation.field.props["label"] = words if call else say("Your question", "您的问题")

    def _settings(self) -> dict[str, Any]:
        """Raises ValueError for tools that are no JSON."""
        settings: dict[str, Any] = {"temperature": self._temperature.value or 0}
        if self._uses_tools.value:
            try:
                settings["tools"] = json.loads(self._tools.value)
            except ValueError as error:
                words = self._say("The tools are not JSON", "工具不是 JSON")
                raise ValueError(f"{words}: {error}.") from None
        return settings

    def _show_code(self) -> None:
        self._code.clear()
        with self._code:
            try:
                body = self._chat.body(self._system.value, self._settings())
            except ValueError as error:
                ui.label(str(error)).classes("text-negative")
                return
            key = "$MOLY_API_KEY" if self._calls.key else "anything"
            python, shell = self._chat.as_code(body, f"{self._calls.url}/v1", key)
            ui.code(python, language="python")
            ui.code(shell, language="bash")
