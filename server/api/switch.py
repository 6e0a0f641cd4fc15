"""Which models are in memory, and how that changes while the server runs."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

from fastapi import Depends, FastAPI, Request

from kit.problem import Problem
from server.api.errors import ApiError
from server.api.served import Absent, Served
from server.loader import Loader
from server.machine import require_room
from server.models import ModelFile, Role

log = logging.getLogger("server")

LOADING_SECONDS = 5  # what a model of a gigabyte takes from a laptop's disk
LOOK_SECONDS = 5.0

LOADING = Absent("The {role} model is being loaded. Try again in a moment.", LOADING_SECONDS)
UNLOADED = Absent(
    "No {role} model is loaded. POST /v1/models/load loads one, as does a restart of the server."
)
ASLEEP = Absent("The {role} model sleeps. The next request for an answer loads it again.")


class Switch:
    """Loads and unloads, one change at a time; `files` are the models that are loaded, or asleep."""

    def __init__(
        self, served: Served, loader: Loader, files: dict[Role, ModelFile], idle_minutes: int | None = None
    ) -> None:
        self.files = files
        self._served = served
        self._loader = loader
        self._idle_minutes = idle_minutes
        self._asleep: set[Role] = set()
        self._change = asyncio.Lock()

    def bytes_held(self, role: Role) -> int:
        """About what unloading would give back."""
        return self._loader.bytes_held(role)

    async def load(self, file: ModelFile, role: Role) -> None:
        """Take this model in the place of the role's present one, whose answers under way are told.

        Raises `Problem` if it does not fit or cannot be loaded: then the old one is there again. ApiError 503 while
        another change is under way.
        """
        if self._change.locked():
            raise ApiError(
                503, "Another model is being loaded. Try again in a moment.", retry_seconds=LOADING_SECONDS
            )
        await self._whatever_happens(self._replace(file, role))

    async def unload(self, role: Role) -> None:
        """Give the memory back until somebody loads a model again. Answers under way are told."""
        async with self._change:
            self._asleep.discard(role)
            self.files.pop(role, None)
            await self._take_off(role, UNLOADED)

    async def wake(self, role: Role) -> None:
        """Load the model again if it sleeps. Raises ApiError 503 if that fails."""
        if role in self._asleep:
            await self._whatever_happens(self._wake(role))

    async def sleep(self, role: Role, idle_seconds: float) -> None:
        """Give the memory of a model back that nobody has used for so long."""
        async with self._change:
            if self._served.has(role) and self._loader.idle_seconds(role) >= idle_seconds:
                self._asleep.add(role)
                await self._take_off(role, ASLEEP)

    @asynccontextmanager
    async def watch(self, _: FastAPI) -> AsyncIterator[None]:
        """The app's lifespan: whatever is idle goes to sleep, where `.env` says so."""
        watching = asyncio.create_task(self._watch(self._idle_minutes * 60)) if self._idle_minutes else None
        yield
        if watching:
            watching.cancel()

    async def _watch(self, idle_seconds: float) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            for role in tuple(self.files):
                if self._loader.idle_seconds(role) >= idle_seconds:
                    await self.sleep(role, idle_seconds)

    async def _whatever_happens(self, change: Coroutine[Any, Any, None]) -> None:
        """A client that hangs up, or a request's time limit, leaves no change half done."""
        await asyncio.shield(asyncio.create_task(change))

    async def _replace(self, file: ModelFile, role: Role) -> None:
        async with self._change:
            require_room(file.path.stat().st_size, given_back=self._loader.bytes_held(role))
            before = self.files.pop(role, None)
            asleep = role in self._asleep
            self._asleep.discard(role)
            await self._take_off(role, LOADING)
            try:
                await self._take_in(file, role)
            except Exception as error:
                log.warning("%s was not loaded: %s", file.path.name, error)
                self._show(role, UNLOADED)
                if before:
                    await self._restore(before, role, asleep=asleep)
                raise

    async def _restore(self, before: ModelFile, role: Role, *, asleep: bool) -> None:
        if asleep:
            self.files[role] = before
            self._asleep.add(role)
            self._show(role, ASLEEP)
            return
        try:
            await self._take_in(before, role)
        except Exception as error:
            log.warning("nor was %s again: %s", before.path.name, error)

    async def _wake(self, role: Role) -> None:
        async with self._change:
            if role not in self._asleep:  # somebody was faster
                return
            self._show(role, LOADING)
            try:
                await self._take_in(self.files[role], role)
            except Problem as error:
                self._show(role, ASLEEP)
                message = f"The {role} model could not be loaded again: {error.en}"
                raise ApiError(503, message, retry_seconds=LOADING_SECONDS) from None
            self._asleep.discard(role)

    async def _take_in(self, file: ModelFile, role: Role) -> None:
        began = time.monotonic()
        match role:
            case "chat":
                self._served.chat = await asyncio.to_thread(self._loader.chat, file)
            case "embedding":
                self._served.embedding = await asyncio.to_thread(self._loader.embedding, file)
                self._served.embedding_entry = file.entry
            case "rerank":
                self._served.reranker = await asyncio.to_thread(self._loader.rerank, file)
        self.files[role] = file
        log.info("loaded %s as the %s model in %.1f s", file.path.name, role, time.monotonic() - began)

    async def _take_off(self, role: Role, why: Absent) -> None:
        self._show(role, why)
        await asyncio.to_thread(self._loader.unload, role)

    def _show(self, role: Role, why: Absent) -> None:
        absent = Absent(why.message.format(role=role), why.retry_seconds)
        match role:
            case "chat":
                self._served.chat = absent
            case "embedding":
                self._served.embedding = absent
            case "rerank":  # without one, the embedding model ranks
                self._served.reranker = None if why is UNLOADED else absent


async def wake(request: Request, role: Role) -> None:
    """For a route that needs this model, before it looks."""
    switch: Switch | None = request.app.state.switch
    if switch:
        await switch.wake(role)


def needs(role: Role) -> Any:
    """A dependency of routes that need this model."""

    async def awake(request: Request) -> None:
        await wake(request, role)

    return Depends(awake)


async def wake_ranker(request: Request) -> None:
    """For reranking: the reranker, or the embedding model where there is none."""
    switch: Switch | None = request.app.state.switch
    await wake(request, "rerank" if switch and "rerank" in switch.files else "embedding")
