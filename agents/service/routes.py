"""The routes: agents, runs, threads."""

import asyncio
from typing import Annotated, Any

from ag_ui.encoder import EventEncoder
from fastapi import APIRouter, HTTPException, Path, Request, Response
from fastapi.responses import StreamingResponse

from agents.service import ag_ui, as_json
from agents.service.requests import Ask, ThreadId
from agents.service.run import Run
from agents.service.runs import Occupied, Runs
from agents.service.samples import Samples
from agents.service.threads import Threads
from kit.endpoint import endpoint

router = APIRouter()

EVENTS = "text/event-stream"
UNBUFFERED = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

ThreadPath = Annotated[ThreadId, Path()]


class State:
    """What the routes work on."""

    def __init__(self, samples: Samples, threads: Threads) -> None:
        self.samples = samples
        self.threads = threads
        self.runs = Runs(samples, threads)


@router.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@router.get("/agents")
async def agents(request: Request) -> list[dict[str, str]]:
    """The agents, each with a line about it."""
    return [
        {"agent": name, "en": en, "zh": zh} for name, (en, zh) in _state(request).samples.summaries.items()
    ]


@router.post("/agents/{agent}/invoke")
async def invoke(request: Request, agent: str, ask: Ask) -> dict[str, Any]:
    """The whole answer. `outcome` is `waiting` where a yes or no is wanted: send `approved`."""
    run = await _run(request, agent, ask)
    gone = asyncio.create_task(_cancel_when_gone(request, run))
    try:
        return await as_json.whole(run)
    finally:
        gone.cancel()


@router.post("/agents/{agent}/stream")
async def stream(request: Request, agent: str, ask: Ask) -> Response:
    """Each step as it happens, as server-sent events; who leaves stops the answer."""
    run = await _run(request, agent, ask)
    return StreamingResponse(as_json.lines(run), media_type=EVENTS, headers=UNBUFFERED)


@router.post("/agents/{agent}/ag-ui")
async def agui(request: Request, agent: str, asked: ag_ui.RunInput) -> Response:
    """The same in the AG-UI protocol."""
    if asked.resume:
        run = _decided(request, asked.thread_id, asked.resume[0].approved, asked.resume[0].interrupt_id)
    elif asked.messages and asked.messages[0].role == "user" and (text := asked.messages[0].text.strip()):
        run = await _run(request, agent, Ask(question=text, thread=asked.thread_id))
    else:
        raise HTTPException(400, "messages: The last message is to be the user's, with a text.")
    encoder = EventEncoder()
    events = ag_ui.Translation(asked, endpoint("CHAT").model).events(run)
    encoded = (encoder.encode(event) async for event in events)
    return StreamingResponse(encoded, media_type=encoder.get_content_type(), headers=UNBUFFERED)


@router.get("/threads")
def threads(request: Request, agent: str | None = None) -> list[dict[str, str]]:
    """The newest threads, of one agent or of all."""
    return _state(request).threads.newest(agent)


@router.get("/threads/{thread}")
def thread(request: Request, thread: ThreadPath) -> dict[str, Any]:
    """A thread with all its turns, each the lines of a trace, and the approval it waits for."""
    state = _state(request)
    known, run = state.threads.get(thread), state.runs.of(thread)
    if known is None and run is None:
        raise _no_thread(thread)
    return {
        "thread": thread,
        "agent": known and known.agent,
        "turns": state.threads.turns(thread) if known else [],
        "running": run is not None,
        "approval": run and run.approval,
    }


@router.post("/threads/{thread}/cancel")
async def cancel(request: Request, thread: ThreadPath) -> dict[str, bool]:
    """Stop the run of a thread, if there is one."""
    run = _state(request).runs.of(thread)
    if run:
        run.cancel()
    return {"cancelled": run is not None}


@router.delete("/threads/{thread}")
async def delete(request: Request, thread: ThreadPath) -> dict[str, bool]:
    state = _state(request)
    if state.runs.of(thread):
        raise Occupied("This thread has a run. Wait for its end, or cancel it.")
    if not await asyncio.to_thread(state.threads.delete, thread):
        raise _no_thread(thread)
    return {"deleted": True}


def _state(request: Request) -> State:
    state: State = request.app.state.service
    return state


async def _run(request: Request, agent: str, ask: Ask) -> Run:
    state = _state(request)
    if agent not in state.samples.summaries:
        raise HTTPException(404, f"There is no agent {agent[:100]!r}. GET /agents lists them.")
    if ask.question is None:
        assert ask.thread is not None and ask.approved is not None
        return _decided(request, ask.thread, ask.approved)
    return await state.runs.start(agent, ask.question, ask.thread)


def _decided(request: Request, thread: str, approved: bool, approval: str | None = None) -> Run:
    run = _state(request).runs.of(thread)
    waits = run and run.approval
    if run is None or waits is None or approval not in (None, waits.id):
        raise Occupied("This thread waits for no approval, or for another one.")
    run.decide(approved)
    return run


async def _cancel_when_gone(request: Request, run: Run) -> None:
    while not await request.is_disconnected():
        await asyncio.sleep(0.5)
    run.cancel()


def _no_thread(thread: str) -> HTTPException:
    return HTTPException(404, f"There is no thread {thread!r}. GET /threads lists the newest.")
