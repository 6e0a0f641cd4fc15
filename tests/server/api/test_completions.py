"""The older route, without a chat template."""

import httpx2
import openai
import pytest
from openai.types import Completion


def complete(client: openai.OpenAI, **options: object) -> Completion:
    fields = {
        "model": "moly-chat",
        "prompt": "One, two, three,",
        "temperature": 0,
        "max_tokens": 6,
        **options,
    }
    return client.completions.create(**fields)


def test_text_goes_on(client: openai.OpenAI) -> None:
    reply = complete(client)

    assert "four" in reply.choices[0].text
    assert reply.choices[0].finish_reason == "length"
    Completion.model_validate(reply.model_dump(), strict=True)


def test_tokens_of_our_own_vocabulary_mean_the_same_as_text(client: openai.OpenAI, base_url: str) -> None:
    tokens = httpx2.post(f"{base_url}/tokenize", json={"content": "One, two, three,"}, timeout=60).json()[
        "tokens"
    ]

    assert complete(client, prompt=tokens).choices[0].text == complete(client).choices[0].text


def test_several_prompts_give_several_choices(client: openai.OpenAI) -> None:
    reply = complete(client, prompt=["One, two,", "A, B, C,"], n=2, temperature=0.5)

    assert [choice.index for choice in reply.choices] == [0, 1, 2, 3]
    assert reply.usage.completion_tokens <= 24


def test_echo_begins_with_the_prompt(client: openai.OpenAI) -> None:
    assert complete(client, echo=True).choices[0].text.startswith("One, two, three,")


def test_logprobs_line_up_with_the_text(client: openai.OpenAI) -> None:
    choice = complete(client, logprobs=2).choices[0]

    assert "".join(choice.logprobs.tokens) == choice.text
    assert choice.logprobs.text_offset[0] == 0
    assert all(len(top) == 2 for top in choice.logprobs.top_logprobs)


@pytest.mark.parametrize(
    "field", [{"suffix": "end"}, {"best_of": 3}, {"prompt": [10_000_000]}, {"prompt": []}]
)
def test_what_is_not_supported_is_refused(client: openai.OpenAI, field: dict[str, object]) -> None:
    with pytest.raises(openai.BadRequestError):
        complete(client, **field)


def test_a_model_tells_its_context_and_what_it_can_do(base_url: str) -> None:
    chat = httpx2.get(f"{base_url}/models/moly-chat", timeout=60).json()

    assert chat["context_length"] > 1000
    assert chat["capabilities"] == ["chat", "completions", "tools", "structured_output"]
