"""The endpoints in `.env`: whether they answer to these names and keys, and what they do when asked."""

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from kit.api_problems import Role
from kit.doctor.finding import Finding, error, of_problem, ok, warning
from kit.doctor.probes import chat, embeddings, schema, tools, window
from kit.doctor.probes.api import Api, Refused
from kit.problem import Problem

Probe = Callable[[Api], Iterator[Finding]]
LIVE: dict[Role, list[Probe]] = {
    "CHAT": [chat.answer, tools.auto, schema.schema],
    "EMBEDDING": [embeddings.vectors],
}
# The conformance run.
ALL: dict[Role, list[Probe]] = {
    "CHAT": [
        chat.answer,
        chat.without_model,
        chat.length,
        chat.stream,
        tools.auto,
        tools.required,
        tools.named,
        tools.parallel,
        tools.streamed,
        tools.result,
        schema.schema,
        schema.json_object,
        window.window,
    ],
    "EMBEDDING": [embeddings.vectors, embeddings.as_base64],
}


def reachable(api: Api) -> Iterator[Finding]:
    """Whether it answers, and has the model. Nothing is computed for this."""
    name, url = f"{api.role}_MODEL_NAME", api.place.base_url
    try:
        listed = api.models()
    except (Problem, Refused) as problem:
        yield of_problem("server.answer", problem) if isinstance(problem, Problem) else _odd(url, problem)
        return
    shown = f"{urlsplit(url).hostname}{urlsplit(url).path}"
    if listed and api.place.model not in listed:
        others = ", ".join(listed[:8])
        yield error(
            "server.model",
            f"{name}={api.place.model} is no model of {url}, which has: {others}. Write one of those in .env.",
            f"{url} 没有 {name}={api.place.model}，它有：{others}。请在 .env 中写其中之一。",
        )
    else:
        yield ok(
            "server.answer",
            f"{shown} answers, {name}={api.place.model}",
            f"{shown} 有应答，{name}={api.place.model}",
        )


def live(probe: Probe, api: Api) -> Iterator[Finding]:
    """One probe; what breaks it is a finding too."""
    try:
        yield from probe(api)
    except Problem as problem:
        yield of_problem(f"can.{probe.__name__}", problem)
    except Refused as refused:
        yield _odd(api.place.base_url, refused)


def _odd(url: str, refused: Refused) -> Finding:
    return warning(
        "server.refuses",
        f"{url} refuses a plain request with {refused.status}: {refused}. Look at the server's output.",
        f"{url} 拒绝了普通请求，{refused.status}：{refused}。请查看服务器的输出。",
    )
