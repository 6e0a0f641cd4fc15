"""A2A: an agent as the colleague of agents that others wrote, found by its card, by the protocol's own SDK."""

from a2a.helpers import new_text_message
from a2a.server.agent_execution import AgentExecutor, RequestContext
from a2a.server.events import EventQueue
from a2a.server.request_handlers import DefaultRequestHandler
from a2a.server.request_handlers.response_helpers import agent_card_to_dict
from a2a.server.routes import create_jsonrpc_routes
from a2a.server.tasks import InMemoryTaskStore
from a2a.types import AgentCapabilities, AgentCard, AgentInterface, AgentSkill
from a2a.utils.constants import AGENT_CARD_WELL_KNOWN_PATH
from a2a.utils.errors import InternalError, InvalidParamsError, UnsupportedOperationError
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from agents.service.as_json import whole
from agents.service.requests import Ask
from agents.service.routes import State
from agents.service.runs import Busy, Occupied
from agents.service.threads import ThreadsFull
from kit.problem import Problem

AGENT = "tool_agent"
PATH = f"/agents/{AGENT}/a2a"
TEXT = ["text/plain"]


class Colleague(AgentExecutor):  # type: ignore[misc]
    """Answers each message with one; a context of the protocol is a thread here."""

    def __init__(self, service: State) -> None:
        self._runs = service.runs

    async def execute(self, context: RequestContext, event_queue: EventQueue) -> None:
        try:
            ask = Ask(question=context.get_user_input(), thread=context.context_id)
        except ValidationError as error:
            first = error.errors()[0]
            raise InvalidParamsError(f"{first['loc'][0]}: {first['msg']}") from None
        try:
            told = await whole(await self._runs.start(AGENT, str(ask.question), ask.thread))
        except (Busy, Occupied, ThreadsFull) as error:
            raise InternalError(str(error)) from None
        except Problem as problem:
            raise InternalError(problem.en) from None
        await event_queue.enqueue_event(new_text_message(told["answer"], context_id=ask.thread))

    async def cancel(self, context: RequestContext, event_queue: EventQueue) -> None:
        raise UnsupportedOperationError("An answer is one message: there is no task to cancel.")


def routes(service: State) -> list[Route]:
    """The card at `/.well-known/agent-card.json`, and where the agent takes messages."""
    about = service.samples.summaries[AGENT][0]
    card = AgentCard(
        name=AGENT,
        description=about,
        version="1",
        capabilities=AgentCapabilities(streaming=False),
        default_input_modes=TEXT,
        default_output_modes=TEXT,
        skills=[AgentSkill(id=AGENT, name=AGENT, description=about, tags=["tools"])],
    )

    async def show(request: Request) -> JSONResponse:
        here = AgentCard()
        here.CopyFrom(card)
        url = f"{str(request.base_url).rstrip('/')}{PATH}"  # by the name that it was asked under
        here.supported_interfaces.append(
            AgentInterface(protocol_binding="JSONRPC", protocol_version="1.0", url=url)
        )
        return JSONResponse(agent_card_to_dict(here))

    handler = DefaultRequestHandler(Colleague(service), InMemoryTaskStore(), card)
    return [Route(AGENT_CARD_WELL_KNOWN_PATH, show), *create_jsonrpc_routes(handler, PATH)]
