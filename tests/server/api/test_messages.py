"""Anthropic's Messages, by Anthropic's own client, over a real HTTP server on an engine that plays a script."""

import asyncio
import importlib
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx2
import pytest
import uvicorn
from fakes.scripted_engine import ScriptedEngine, taught

from server.api.messages.input import InputMessage, messages_of
from server.api.messages.output import MessageOutput
from server.api.served import Served
from server.app import create_app
from server.chat.answer import Answer
from server.chat.chat_model import ChatModel
from server.chat.deltas import CallDelta
from server.engine.llama.model import Model
from server.settings import Access

HELLO: Any = [{"role": "user", "content": "hi"}]
WEATHER: Any = {
    "name": "get_weather",
    "description": "Current weather of a city",
    "input_schema": {
        "type": "object",
        "properties": {"city": {"enum": ["Oslo", "Rome"]}},
        "required": ["city"],
    },
}
CALL = '<tool_call>\n{"name": "get_weather", "arguments": {"city": "Oslo"}}\n</tool_call>'
IMAGE: Any = {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"}}
# The model opens its thought itself, unless it is told not to think: Qwen3's way.
THINKS = """\
{% for message in messages %}<|im_start|>{{ message.role }}
{{ message.content }}<|im_end|>
{% endfor %}<|im_start|>assistant
{% if enable_thinking is false %}<think>

</think>

{% endif %}"""

Client = Callable[..., Any]


@contextmanager
def running(app: Any) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.02)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(60)


@pytest.fixture
def anthropic() -> Any:
    """Anthropic's own library, imported for the tests that use it: it takes four seconds."""
    return importlib.import_module("anthropic")


@pytest.fixture
def client(anthropic: Any) -> Iterator[Client]:
    """Anthropic's client of a server around a chat model."""
    with ExitStack() as stack:

        def make(chat: ChatModel, access: Access = Access(), key: str = "any") -> Any:  # noqa: B008
            served: Any = Served(chat, embedding=None, embedding_entry=None, created=0)  # type: ignore[arg-type]
            address = stack.enter_context(running(create_app(served, access)))
            made = anthropic.Anthropic(base_url=address, api_key=key, max_retries=0)
            return stack.enter_context(made)

        yield make


def ask(client: Any, **fields: Any) -> Any:
    return client.messages.create(**{"model": "claude", "max_tokens": 40, "messages": HELLO, **fields})


def test_a_message_has_its_text_and_its_cost(anthropic: Any, client: Client, chat: ChatModel) -> None:
    message = ask(client(chat))

    assert [(block.type, block.text) for block in message.content] == [("text", "Hello there.")]
    assert (message.model, message.role, message.stop_reason) == ("moly-chat", "assistant", "end_turn")
    assert message.usage.input_tokens > 5
    assert message.usage.output_tokens == 3
    anthropic.types.Message.model_validate(message.model_dump(), strict=True)


@pytest.mark.parametrize("name", ["claude-next", "claude", "moly-chat", "moly-chat[1m]"])
def test_whatever_claude_is_asked_for_the_chat_model_answers(
    client: Client, chat: ChatModel, name: str
) -> None:
    assert ask(client(chat), model=name).content


@pytest.mark.parametrize("name", ["gpt-5", "moly-embedding"])
def test_another_name_is_refused(anthropic: Any, client: Client, chat: ChatModel, name: str) -> None:
    with pytest.raises((anthropic.NotFoundError, anthropic.BadRequestError), match=name):
        ask(client(chat), model=name)


def test_events_come_in_anthropics_order(client: Client, chat: ChatModel) -> None:
    events = list(ask(client(chat), stream=True))

    assert list(dict.fromkeys(event.type for event in events)) == [
        "message_start",
        "content_block_start",
        "content_block_delta",
        "content_block_stop",
        "message_delta",
        "message_stop",
    ]
    assert events[0].message.usage.input_tokens > 5
    assert events[0].message.stop_reason is None
    assert events[-2].delta.stop_reason == "end_turn"
    assert events[-2].usage.output_tokens == 3


def test_a_stream_has_a_ping_and_names_every_event(client: Client, chat: ChatModel) -> None:
    asked = {"model": "claude", "max_tokens": 9, "messages": HELLO, "stream": True}
    text = httpx2.post(client(chat).base_url.join("/v1/messages"), json=asked, timeout=60).text

    assert 'event: ping\ndata: {"type":"ping"}\n\n' in text
    assert text.endswith('event: message_stop\ndata: {"type":"message_stop"}\n\n')


def test_the_clients_stream_helper_puts_the_message_together(client: Client, model: Model) -> None:
    chat = ChatModel(ScriptedEngine(model, CALL))
    with client(chat).messages.stream(
        model="claude",
        max_tokens=60,
        messages=HELLO,
        tools=[WEATHER],
        tool_choice={"type": "any", "disable_parallel_tool_use": True},
    ) as stream:
        message = stream.get_final_message()

    [use] = message.content
    assert (use.type, use.name, use.input) == ("tool_use", "get_weather", {"city": "Oslo"})
    assert use.id.startswith("toolu_")
    assert message.stop_reason == "tool_use"


@pytest.mark.parametrize("choice", [{"type": "any"}, {"type": "tool", "name": "get_weather"}])
def test_a_tool_is_used_and_its_result_comes_back(client: Client, model: Model, choice: Any) -> None:
    calling = ChatModel(ScriptedEngine(model, CALL))
    choice = {**choice, "disable_parallel_tool_use": True}
    first = ask(client(calling), tools=[WEATHER], tool_choice=choice, max_tokens=60)
    [use] = first.content
    assert use.input == {"city": "Oslo"}

    result = {"type": "tool_result", "tool_use_id": use.id, "content": [{"type": "text", "text": "snow"}]}
    engine = ScriptedEngine(model, "It snows.")
    second = ask(
        client(ChatModel(engine)),
        messages=[*HELLO, first.to_param(), {"role": "user", "content": [result]}],
        tools=[WEATHER],
        tool_choice={"type": "none"},
    )
    assert second.stop_reason == "end_turn"
    prompt = engine.prompts[-1]
    assert prompt.index("Oslo") < prompt.index("snow")


def test_results_and_words_of_one_message_keep_their_order() -> None:
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "snow"}
    again = {**result, "tool_use_id": "toolu_2", "content": None}
    content = [result, again, {"type": "text", "text": "And "}, {"type": "text", "text": "now?"}]

    assert messages_of([InputMessage.model_validate({"role": "user", "content": content})]) == [
        {"role": "tool", "tool_call_id": "toolu_1", "content": "snow"},
        {"role": "tool", "tool_call_id": "toolu_2", "content": ""},
        {"role": "user", "content": "And now?"},
    ]


def test_a_tool_that_failed_is_told_as_a_failure(client: Client, model: Model) -> None:
    engine = ScriptedEngine(model, "Sorry.")
    use = {"type": "tool_use", "id": "toolu_1", "name": "get_weather", "input": {"city": "Oslo"}}
    result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": "no network", "is_error": True}
    ask(
        client(ChatModel(engine)),
        messages=[*HELLO, {"role": "assistant", "content": [use]}, {"role": "user", "content": [result]}],
    )

    assert "Error: no network" in engine.prompts[0]


def test_without_tools_to_choose_none_are_declared(client: Client, model: Model) -> None:
    engine = ScriptedEngine(model, "Hello.")
    ask(client(ChatModel(engine)), tools=[WEATHER], tool_choice={"type": "none"})

    assert "get_weather" not in engine.prompts[0]


@pytest.mark.parametrize(
    "system", ["Be brief.", [{"type": "text", "text": "Be brief.", "cache_control": {"type": "ephemeral"}}]]
)
def test_the_system_is_text_or_blocks(client: Client, model: Model, system: Any) -> None:
    engine = ScriptedEngine(model, "Hello.")
    ask(client(ChatModel(engine)), system=system)

    assert "<|im_start|>system\nBe brief.<|im_end|>" in engine.prompts[0]


@pytest.mark.parametrize("stream", [False, True])
def test_a_stop_sequence_is_named(client: Client, model: Model, stream: bool) -> None:
    chat = ChatModel(ScriptedEngine(model, "one two three"))
    answer = ask(client(chat), stop_sequences=["four", " three"], stream=stream)
    if stream:
        *_, end, _ = answer
        assert (end.delta.stop_reason, end.delta.stop_sequence) == ("stop_sequence", " three")
    else:
        assert answer.content[0].text == "one two"
        assert (answer.stop_reason, answer.stop_sequence) == ("stop_sequence", " three")


def test_an_answer_that_was_cut_says_so(client: Client, chat: ChatModel) -> None:
    assert ask(client(chat), max_tokens=1).stop_reason == "max_tokens"


@pytest.mark.parametrize(
    "arguments",
    ['{"city": ' + "[" * 300, '{"city": ' + "1" * 5_000, '{"city": "\\ud800"}', '{"city": NaN}', "[1"],
)
def test_arguments_that_cannot_be_read_are_told_as_they_stand(arguments: str) -> None:
    """A model that ran on in `[` was a 500, or an error as the stream's end: no reader goes so deep."""
    output = MessageOutput()
    list(output.add(CallDelta(index=0, name="get_weather", arguments=arguments)))
    list(output.close())

    assert output.blocks[0]["input"] == {"not_an_object": arguments}


def test_a_model_thinks_if_it_is_asked_to(client: Client, model: Model) -> None:
    engine = ScriptedEngine(taught(model, THINKS), "<think>\nSix times seven.\n</think>\n\nIt is 42.")
    asking = client(ChatModel(engine))
    message = ask(asking, max_tokens=2000, thinking={"type": "enabled", "budget_tokens": 1024})
    events = list(
        ask(asking, max_tokens=2000, thinking={"type": "enabled", "budget_tokens": 1024}, stream=True)
    )

    thought, words = message.content
    assert (thought.thinking, words.text) == ("Six times seven.", "It is 42.")
    assert thought.signature
    told = [event.delta.type for event in events if event.type == "content_block_delta"]
    assert list(dict.fromkeys(told)) == ["thinking_delta", "signature_delta", "text_delta"]
    ask(asking, messages=[*HELLO, message.to_param(), *HELLO])  # what it thought may come back


@pytest.mark.parametrize("fields", [{}, {"thinking": {"type": "disabled"}}])
def test_a_model_does_not_think_unasked(client: Client, model: Model, fields: Any) -> None:
    engine = ScriptedEngine(taught(model, THINKS), "It is 42.")
    message = ask(client(ChatModel(engine)), **fields)

    assert engine.prompts[0].endswith("<think>\n\n</think>\n\n")
    assert [block.type for block in message.content] == ["text"]


def test_an_answer_keeps_a_schema(client: Client, chat: ChatModel) -> None:
    schema = {"type": "object", "properties": {"a": {"const": 1}}, "required": ["a"]}
    message = ask(client(chat), output_config={"format": {"type": "json_schema", "schema": schema}})

    assert message.content[0].text == '{"a": 1}'


def test_tokens_are_counted_as_the_answer_counts_them(client: Client, chat: ChatModel) -> None:
    asking = client(chat)
    fields: Any = {"model": "claude", "messages": HELLO, "system": "Be brief.", "tools": [WEATHER]}
    counted = asking.messages.count_tokens(**fields)

    usage = asking.messages.create(**fields, max_tokens=9).usage
    assert counted.input_tokens == usage.input_tokens + (usage.cache_read_input_tokens or 0)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"max_tokens": 0}, "max_tokens"),
    ({"messages": []}, "messages"),
    ({"messages": [{"role": "user", "content": [IMAGE]}]}, r"messages\.0\.content\.0 .*'image'.* text only"),
    (
        {
            "messages": [
                {
                    "role": "user",
                    "content": [{"type": "tool_result", "tool_use_id": "a", "content": [IMAGE]}],
                }
            ]
        },
        r"messages\.0\.content\.0\.content\.0 .*'image'",
    ),
    ({"messages": [*HELLO, {"role": "assistant", "content": "The"}]}, "prefill"),
    ({"messages": [{"role": "user", "content": "word " * 5000}]}, "prompt is too long: .* > 4096 maximum"),
    ({"tools": [{"type": "web_search_20250305", "name": "web_search"}]}, "tools.0 is of type 'web_search"),
    ({"tools": [{"name": "bare"}]}, "input_schema"),
    ({"tool_choice": {"type": "any"}}, "tool_choice"),
    ({"tools": [WEATHER], "tool_choice": {"type": "tool", "name": "nothing"}}, "nothing"),
    ({"extra_body": {"mcp_servers": [{"url": "http://localhost"}]}}, "mcp_servers is not supported"),
]


@pytest.mark.parametrize(("fields", "words"), REFUSED)
def test_what_cannot_be_done_is_refused_in_anthropics_shape(
    anthropic: Any, client: Client, chat: ChatModel, fields: Any, words: str
) -> None:
    with pytest.raises(anthropic.BadRequestError, match=words) as refusal:
        ask(client(chat), **fields)

    assert refusal.value.body["type"] == "error"
    assert refusal.value.body["error"].keys() == {"type", "message"}
    assert refusal.value.body["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize("path", ["messages", "messages/count_tokens"])
@pytest.mark.parametrize(
    ("method", "sent", "status", "kind"),
    [
        ("POST", {"json": {"max_tokens": 5, "messages": HELLO}}, 400, "invalid_request_error"),
        ("POST", {"content": b"{"}, 400, "invalid_request_error"),
        ("POST", {"json": {"model": "gpt-5", "max_tokens": 5, "messages": HELLO}}, 404, "not_found_error"),
        ("POST", {"content": b" " * (32 * 1024 * 1024 + 1)}, 413, "request_too_large"),
        ("POST", {"content": b"", "headers": {"origin": "http://evil.example"}}, 403, "permission_error"),
        ("PUT", {}, 405, "invalid_request_error"),
    ],
)
async def test_errors_of_every_layer_have_anthropics_shape(
    visit: Callable[..., httpx2.AsyncClient],
    chat: ChatModel,
    path: str,
    method: str,
    sent: Any,
    status: int,
    kind: str,
) -> None:
    answer = await visit(chat).request(method, f"/v1/{path}", **sent)

    assert answer.status_code == status
    assert answer.json().keys() == {"type", "error"}
    assert answer.json()["error"]["type"] == kind
    assert answer.headers["x-request-id"]


def test_a_key_comes_as_anthropics_clients_send_it(anthropic: Any, client: Client, chat: ChatModel) -> None:
    access = Access(api_keys=("sk-one",))

    assert ask(client(chat, access, key="sk-one")).content
    with pytest.raises(anthropic.AuthenticationError, match="MOLY_API_KEY") as refusal:
        ask(client(chat, access, key="sk-two"))
    assert refusal.value.type == "authentication_error"


def test_a_full_queue_says_when_to_come_back(anthropic: Any, client: Client, model: Model) -> None:
    with pytest.raises(anthropic.RateLimitError) as refusal:
        ask(client(ChatModel(ScriptedEngine(model, "Hello.", places=0))))

    assert refusal.value.type == "rate_limit_error"
    assert int(refusal.value.response.headers["retry-after"]) >= 1


def test_an_answer_that_fails_is_an_error_whole_and_streamed(
    anthropic: Any, client: Client, model: Model
) -> None:
    failing = client(ChatModel(ScriptedEngine(model, "Once", error=RuntimeError("the disk is full"))))
    with pytest.raises(anthropic.InternalServerError):
        ask(failing)

    text = ""
    with pytest.raises(anthropic.APIStatusError, match="the disk is full") as broken:
        for event in ask(failing, stream=True):
            text += event.delta.text if event.type == "content_block_delta" else ""
    assert text == "Once"
    assert broken.value.body["error"]["type"] == "api_error"
    assert broken.value.body.keys() == {"type", "error"}


async def test_an_answer_that_takes_too_long_ends_with_an_error_event(
    visit: Callable[..., httpx2.AsyncClient], chat: ChatModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Answer, "__aiter__", _hang)
    asked = {"model": "claude", "max_tokens": 9, "messages": HELLO, "stream": True}
    told = await visit(chat, Access(request_seconds=3)).post("/v1/messages", json=asked)

    *_, last = told.text.strip().split("\n\n")
    assert last.startswith('event: error\ndata: {"type":"error","error":{"type":"')
    assert "MOLY_REQUEST_SECONDS" in last


async def _hang(_: Any) -> Any:
    await asyncio.sleep(60)
    yield
