"""Where the person asks and is answered."""

import asyncio
from collections.abc import Awaitable, Callable

from nicegui import ui

from kit.page.say import Say
from kit.page.turn import Turn
from kit.problem import Problem

# Enter sends, but not while an input method still offers characters for what was typed.
ON_ENTER = """(event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  emit(event.target.value);
}"""


class Conversation:
    """Turns, a field, and a button that sends, or stops what is being answered. `answer` fills a turn, and may raise
    ValueError or Problem to be shown in it; `forget` begins anew. The label of `field` says what to write."""

    def __init__(
        self, say: Say, answer: Callable[[Turn], Awaitable[None]], forget: Callable[[], None] = lambda: None
    ) -> None:
        self._say, self._answer, self._forget = say, answer, forget
        self._answering: asyncio.Future[None] | None = None
        self._log = ui.column().props("role=log aria-live=polite")
        with ui.row(wrap=False).classes("full-width items-end"):
            self.field = ui.textarea(say("Your question", "您的问题")).props("dense").style("flex: 1")
            self.field.on("keydown", lambda event: self.ask(str(event.args)), js_handler=ON_ENTER)
            self._button = ui.button(say("Send", "发送"), icon="send", on_click=self._pressed)
            new = ui.button(icon="add", on_click=self.restart).props("flat")
            new.props["aria-label"] = say("New conversation", "新对话")
        ui.context.client.on_delete(self.stop)

    def stop(self) -> None:
        if self._answering:
            self._answering.cancel()

    def restart(self) -> None:
        self.stop()
        self._log.clear()
        self._forget()

    async def ask(self, text: str) -> None:
        if self._answering or not text.strip():
            return
        self.field.value = ""
        if text.strip() == "/new":
            self.restart()
            return
        with self._log:
            turn = Turn(self._say, text.strip())
        self._answering = asyncio.ensure_future(self._answer(turn))
        self._offer("Stop", "停止", "stop")
        await asyncio.wait([self._answering])
        answered, self._answering = self._answering, None
        if not self._button.is_deleted:
            self._offer("Send", "发送", "send")
        if turn.place.is_deleted:  # by a new conversation, or with the page
            return
        try:
            answered.result()
        except asyncio.CancelledError:
            turn.note(self._say("Stopped.", "已停止。"))
        except Problem as problem:
            turn.note(self._say(problem.en, problem.zh), failed=True)
        except ValueError as error:
            turn.note(str(error), failed=True)
        finally:
            turn.end()

    async def _pressed(self) -> None:
        if self._answering:
            self.stop()
        else:
            await self.ask(self.field.value or "")

    def _offer(self, en: str, zh: str, icon: str) -> None:
        self._button.text = self._say(en, zh)
        self._button.icon = icon
