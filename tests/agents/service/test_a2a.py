"""An agent asked by A2A's own client."""

import httpx
import pytest
from asking import Service
from fakes.endpoint import CallTool, Failure, Play

from agents.service.requests import MOST_CHARACTERS

pytest.importorskip("a2a", reason="the extra `a2a` is not installed")
from a2a.client import ClientConfig, create_client
from a2a.helpers import get_stream_response_text, new_text_message
from a2a.types import Role, SendMessageRequest
from a2a.utils.errors import InternalError, InvalidParamsError


async def ask(service: Service, text: str, context: str | None = None) -> str:
    """With a client that waits for longer than five seconds, in which a busy machine has not even loaded the agent."""
    message = new_text_message(text, role=Role.ROLE_USER, context_id=context)
    async with httpx.AsyncClient(timeout=60) as http:
        client = await create_client(service.url, ClientConfig(httpx_client=http))
        try:
            pieces = [
                get_stream_response_text(piece)
                async for piece in client.send_message(SendMessageRequest(message=message))
            ]
        finally:
            await client.close()
    return "".join(pieces)


async def test_the_card_leads_to_an_answer(play: Play, service: Service) -> None:
    play(CallTool("calculate", {"expression": "6 * 7"}), "It is 42.")

    assert await ask(service, "What is 6 times 7?") == "It is 42."


async def test_a_context_goes_on_as_a_thread(play: Play, service: Service) -> None:
    endpoint = play("Hello Lin.", "You are Lin.")

    await ask(service, "I am Lin.", context="ours")
    await ask(service, "Who am I?", context="ours")

    said = [message["content"] for message in endpoint.requests[-1]["messages"][1:]]
    assert said == ["I am Lin.", "Hello Lin.", "Who am I?"]
    assert service.http.get("/threads/ours").json()["agent"] == "tool_agent"


@pytest.mark.parametrize(("text", "context"), [("x" * (MOST_CHARACTERS + 1), None), ("Hi", "../threads")])
async def test_what_may_be_asked_is_bounded_as_everywhere(
    play: Play, service: Service, text: str, context: str | None
) -> None:
    play("Hello.")

    with pytest.raises(InvalidParamsError):
        await ask(service, text, context)


async def test_a_model_that_refuses_is_an_error_of_the_protocol(play: Play, service: Service) -> None:
    play(Failure(401))

    with pytest.raises(InternalError, match="CHAT_API_KEY"):
        await ask(service, "Hi")
