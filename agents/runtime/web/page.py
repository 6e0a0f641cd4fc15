"""The page of an agent: what it is, its options, its files, and the conversation."""

import hmac
import json
from collections.abc import Iterator
from urllib.parse import urlencode

from nicegui import ui
from starlette.requests import Request

from agents.runtime.steps import Agent, Note, Source, Step, TextDelta, ToolCall, ToolResult, Usage
from agents.runtime.web.files import Files
from agents.runtime.web.serve import Served
from agents.service.run import Approval, Ended, Event, Run
from kit.page.conversation import Conversation
from kit.page.parts import WRAPS, title
from kit.page.say import Say, speaker
from kit.page.turn import Turn


def build(served: Served, request: Request, language: str) -> None:
    say = speaker(language)
    with ui.header().classes("q-py-xs"):
        title(served.name)
    with ui.column().props("role=main"):
        ui.label(say(*served.summary))
        given = request.query_params.get("key", "")
        if not served.key or hmac.compare_digest(given.encode(), served.key.encode()):
            _Page(served, say)
        else:
            _ask_for_key(say)


def _ask_for_key(say: Say) -> None:
    def enter() -> None:
        ui.navigate.to(f"/?{urlencode({'key': field.value})}")

    field = ui.input(say("Key", "密钥")).props("outlined autofocus").on("keydown.enter", enter)
    ui.button(say("Enter", "确定"), on_click=enter)
    ui.label(say("Whoever started the agent has the key.", "密钥由启动该智能体的人提供。"))


class _Page:
    def __init__(self, served: Served, say: Say) -> None:
        self._served, self._say = served, say
        self._agent: Agent | None = None
        with ui.row():
            self._options = {name: ui.input(name, value=default) for name, default in served.options.items()}
        self._files = Files(say) if served.has_files else None
        conversation = Conversation(say, self._answer, self._forget)
        for option in self._options.values():
            option.on("change", conversation.restart)
        if served.example:
            ui.button(served.example, on_click=lambda: conversation.ask(served.example)).props("outline")

    def _forget(self) -> None:
        self._agent = None

    async def _answer(self, turn: Turn) -> None:
        options = {name: str(field.value) for name, field in self._options.items()}

        def steps() -> Iterator[Step]:
            agent = self._agent = self._agent or self._served.start(**options)
            yield from agent.ask(turn.question)

        run = Run("", turn.question, steps, lambda _: None, lambda: None)
        event: Event | None = None
        while not isinstance(event, Ended):
            async for event in run.events():
                self._show(event, turn, run)
        if event.problem:
            raise event.problem

    def _show(self, event: Event, turn: Turn, run: Run) -> None:
        match event:
            case TextDelta(text):
                turn.write(text)
            case ToolCall(call_id, name, arguments):
                turn.call(call_id, name, json.dumps(arguments, ensure_ascii=False, indent=2))
            case ToolResult(call_id, _, result, failed):
                turn.result(call_id, result, failed=failed)
                if self._files:
                    self._files.show()
            case Source(number, citation, text):
                turn.source(number, citation, text)
            case Note(en, zh):
                turn.note(self._say(en, zh))
            case Usage(read, written, cached):
                turn.cost(read, cached, written)
            case Approval():
                self._confirm(event, turn, run)
            case Ended("cancelled"):
                turn.note(self._say("Stopped.", "已停止。"))

    def _confirm(self, asked: Approval, turn: Turn, run: Run) -> None:
        say = self._say

        def answer(yes: bool) -> None:
            card.delete()
            turn.note(say("You said yes.", "您已同意。") if yes else say("You said no.", "您已拒绝。"))
            run.decide(yes)

        with turn.place, ui.card().props("role=group") as card:
            ui.label(say(asked.en, asked.zh)).style(WRAPS)
            with ui.row():
                ui.button(say("Yes", "是"), on_click=lambda: answer(True))
                ui.button(say("No", "否"), on_click=lambda: answer(False)).props("outline")
