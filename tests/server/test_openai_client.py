"""What the openai package makes of the server."""

import openai
import pytest


def ask(client: openai.OpenAI, text: str, **options: object) -> object:
    return client.chat.completions.create(
        model="moly-chat", messages=[{"role": "user", "content": text}], temperature=0, **options
    )


def test_an_answer_streams_with_its_usage(client: openai.OpenAI) -> None:
    chunks = list(
        ask(client, "Count to three.", max_tokens=16, stream=True, stream_options={"include_usage": True})
    )

    whole = ask(client, "Count to three.", max_tokens=16)
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
    assert text == whole.choices[0].message.content
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-2].choices[0].finish_reason == whole.choices[0].finish_reason
    assert chunks[-1].usage.completion_tokens == whole.usage.completion_tokens


def test_chinese_arrives_in_whole_characters(client: openai.OpenAI) -> None:
    chunks = ask(client, "用中文写一句关于月亮的诗。🌙", max_tokens=24, stream=True)

    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert any("\u4e00" <= character <= "\u9fff" for character in text)
    assert "\ufffd" not in text.rstrip(
        "\ufffd"
    )  # only an answer cut by max_tokens may end in half a character


def test_a_stop_string_ends_the_answer_and_is_not_shown(client: openai.OpenAI) -> None:
    free = ask(client, "Count from 1 to 9, separated by commas.", max_tokens=30).choices[0]
    assert "5" in free.message.content

    stopped = ask(client, "Count from 1 to 9, separated by commas.", max_tokens=30, stop="5").choices[0]
    assert stopped.finish_reason == "stop"
    assert stopped.message.content == free.message.content.split("5")[0]


def test_the_same_seed_chooses_the_same_token(client: openai.OpenAI) -> None:
    """One token: the order of cells in a cache that others have used moves the last digits, and longer texts with
    them. tests/server/engine compares whole answers on a cache of their own."""

    def write(seed: int) -> str:
        reply = client.chat.completions.create(
            model="moly-chat",
            messages=[{"role": "user", "content": "Say any word."}],
            temperature=1.5,
            seed=seed,
            max_tokens=1,
        )
        return reply.choices[0].message.content

    assert write(0) == write(0)
    assert len({write(seed) for seed in range(12)}) > 1


def test_a_plain_prompt_is_continued(client: openai.OpenAI) -> None:
    reply = client.completions.create(
        model="moly-chat", prompt="def add(a, b):\n    return", max_tokens=6, temperature=0
    )

    assert "a + b" in reply.choices[0].text


def test_an_unknown_model_is_a_404_that_lists_both(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as error:
        client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": "Hi"}])

    assert "moly-chat" in error.value.body["message"]
    assert "moly-embedding" in error.value.body["message"]
    assert error.value.code == "model_not_found"


def test_a_prompt_beyond_the_context_is_refused_by_its_code(client: openai.OpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as error:
        ask(client, "word " * 20_000)

    assert error.value.code == "context_length_exceeded"


def test_a_model_tells_its_context(client: openai.OpenAI) -> None:
    assert client.models.retrieve("moly-chat").model_extra["context_length"] == 16_384
    assert client.models.retrieve("moly-embedding").model_extra["query_prefix"] == "query: "
