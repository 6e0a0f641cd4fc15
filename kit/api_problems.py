"""Failures of the chat and embedding endpoints in plain words."""

from collections.abc import Iterator
from contextlib import contextmanager

import openai

from kit.problem import Problem


@contextmanager
def api_problems() -> Iterator[None]:
    """Turn the errors of the openai package, on which langchain's models run too, into `Problem`s."""
    try:
        yield
    except openai.APIError as error:
        raise _problem(error) from error


def _problem(error: openai.APIError) -> Problem:
    sent_to = error.request.url
    role = "EMBEDDING" if sent_to.path.endswith("/embeddings") else "CHAT"
    name = f"{role}_MODEL"
    # Put together anew, since an address may hold a name and a password.
    url = f"{sent_to.scheme}://{sent_to.netloc.decode()}{sent_to.path}"
    match error:
        case openai.APITimeoutError():
            return Problem(
                f"{url} gave no answer in time. The server may be busy, or its model too large for it."
                " Try again, ask for less, or choose a smaller model.",
                f"{url} 未能及时应答：服务器可能正忙，或模型对这台机器来说太大。"
                "请重试、缩短请求或换用更小的模型。",
            )
        case openai.APIConnectionError():
            reason = str(error.__cause__) or type(error.__cause__).__name__
            return Problem(
                f"no server answers at {url} ({reason})."
                f" Start it in another terminal with `python -m server`, or correct {name}_BASE_URL in .env.",
                f"{url} 没有服务器应答（{reason}）。请在另一个终端运行 `python -m server` 启动服务器，"
                f"或更正 .env 中的 {name}_BASE_URL。",
            )
        case openai.AuthenticationError() | openai.PermissionDeniedError():
            # The server's own words are left out: some quote the key.
            return Problem(
                f"{url} refused the API key (HTTP {error.status_code}). Correct {role}_API_KEY in .env.",
                f"{url} 拒绝了 API 密钥（HTTP {error.status_code}）。请更正 .env 中的 {role}_API_KEY。",
            )
        case openai.NotFoundError():
            return Problem(
                f"{url} answered 404: {_words(error)}."
                f" Check {name}_NAME and {name}_BASE_URL in .env; the address usually ends in /v1.",
                f"{url} 返回 404：{_words(error)}。"
                f"请检查 .env 中的 {name}_NAME 和 {name}_BASE_URL，地址通常以 /v1 结尾。",
            )
        case openai.RateLimitError():
            return Problem(
                f"{url} takes no more requests for now: {_words(error)}. Wait a little, or check your quota.",
                f"{url} 暂时不再接受请求：{_words(error)}。请稍候再试，或检查配额。",
            )
        case openai.APIStatusError():
            return Problem(
                f"{url} answered {error.status_code}: {_words(error)}."
                " If it is your own server, look at its output.",
                f"{url} 返回 {error.status_code}：{_words(error)}。如果是您自己的服务器，请查看它的输出。",
            )
        case _:
            return Problem(
                f"{url} broke off its answer: {_words(error)}. Try again.",
                f"{url} 中断了应答：{_words(error)}。请重试。",
            )


def _words(error: openai.APIError) -> str:
    """The server's own message where it has OpenAI's shape."""
    message = error.body.get("message") if isinstance(error.body, dict) else None
    return str(message or error.message).strip().rstrip(".")
