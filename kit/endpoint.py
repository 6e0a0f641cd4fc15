"""The chat model and the embedding model that `.env` names."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import openai

from kit.api_problems import Role, api_problems, not_an_api
from kit.env import load_env, setting
from kit.problem import Problem
from kit.web.address import is_address
from kit.web.certificates import require_certificates

# langchain takes a second to import: only the functions that make its objects pay for it.
if TYPE_CHECKING:
    from langchain_openai import ChatOpenAI, OpenAIEmbeddings

PROBE_SECONDS = 10


@dataclass(frozen=True)
class Endpoint:
    base_url: str
    model: str
    api_key: str = field(repr=False)


def endpoint(role: Role) -> Endpoint:
    """The three variables of a role; one that is unset or empty has the handout's value."""
    load_env()
    require_certificates()
    return Endpoint(
        base_url=base_url(f"{role}_MODEL_BASE_URL"),
        model=setting(f"{role}_MODEL_NAME", f"moly-{role.lower()}"),
        api_key=api_key(f"{role}_API_KEY"),
    )


def openai_client() -> openai.OpenAI:
    """The openai package's client for the chat endpoint."""
    chat = endpoint("CHAT")
    return openai.OpenAI(base_url=chat.base_url, api_key=chat.api_key)


def chat_model(**overrides: Any) -> ChatOpenAI:
    """LangChain's chat model; `overrides` are arguments of `ChatOpenAI`, such as `temperature`."""
    from langchain_openai import ChatOpenAI

    chat = endpoint("CHAT")
    # What is not passed, langchain takes from OPENAI_API_BASE, OPENAI_PROXY and their like.
    settings = {"base_url": chat.base_url, "api_key": chat.api_key, "model": chat.model, "openai_proxy": None}
    return ChatOpenAI(**(settings | overrides))


def embeddings() -> OpenAIEmbeddings:
    """LangChain's embedding model."""
    from langchain_openai import OpenAIEmbeddings

    embedding = endpoint("EMBEDDING")
    settings: dict[str, Any] = {
        "base_url": embedding.base_url,
        "api_key": embedding.api_key,
        "model": embedding.model,
        "openai_proxy": None,
        "openai_api_type": None,
        "openai_api_version": None,
        # Otherwise langchain sends token ids of OpenAI's vocabulary, which no other model understands.
        "check_embedding_ctx_length": False,
    }
    return OpenAIEmbeddings(**settings)


def require_server() -> None:
    """Raise `Problem` at once, without the client's retries, if nothing answers for the chat model."""
    client = openai_client().with_options(timeout=PROBE_SECONDS, max_retries=0)
    # A 404 is an answer too: not every provider lists its models, and some list them without a name for the list.
    with answer_of_a_model("CHAT"), suppress(openai.NotFoundError):
        # The library gives whatever is not JSON as a text.
        if not isinstance(client.get("/models", cast_to=object), dict | list):
            raise TypeError("no list of models")


@contextmanager
def answer_of_a_model(role: Role) -> Iterator[None]:
    """Around a request and the reading of what comes. The openai package takes a web page, no JSON, or JSON of any
    shape for an answer, and stumbles, or its caller does, where a part is missing: that is no model's answer."""
    with api_problems(role):
        try:
            yield
        except UnicodeEncodeError:  # of what was asked
            raise
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise not_an_api(endpoint(role).base_url, role) from error


def served_model() -> str:
    """The chat model's name, and the file behind it where the server tells it, as this kit's does."""
    name = endpoint("CHAT").model
    client = openai_client().with_options(timeout=PROBE_SECONDS, max_retries=0)
    with suppress(openai.APIError, ValueError):
        if file := getattr(client.models.retrieve(name), "file", None):
            return f"{name} ({file})"
    return name


def base_url(name: str) -> str:
    url = setting(name, "http://localhost:8080/v1")
    meant = unicodedata.normalize("NFKC", url).replace("。", ".")
    if meant != url:
        raise Problem(
            f"{name}={url} holds full-width characters. Write {meant} in .env.",
            f"{name}={url} 含有全角字符。请在 .env 中写成 {meant}。",
        )
    if is_address(url):
        return url
    raise Problem(
        f"{name}={url} is not a web address. It should look like http://localhost:8080/v1.",
        f"{name}={url} 不是网址，应形如 http://localhost:8080/v1。",
    )


def api_key(name: str) -> str:
    key = setting(name, "moly")
    if not (key.isascii() and key.isprintable()):
        raise Problem(
            f"{name} holds characters that cannot stand in an HTTP header. Use letters and digits only.",
            f"{name} 含有不能放进 HTTP 请求头的字符，请只用英文字母和数字。",
        )
    return key
