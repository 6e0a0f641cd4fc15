"""Failures of the chat and embedding endpoints in plain words."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import httpx2
import openai

from kit.problem import Problem
from kit.proxy import LOOPBACK, proxy_for

Role = Literal["CHAT", "EMBEDDING"]


@contextmanager
def api_problems(role: Role | None = None) -> Iterator[None]:
    """Turn the errors of the openai package, on which langchain's models run too, into `Problem`s.

    `role` says which settings of `.env` they name; by default the address tells.
    """
    try:
        yield
    except openai.APIError as error:
        raise _problem(error, role) from error


def not_an_api(url: str, role: Role) -> Problem:
    """For an address that answers 200 with a web page, as sign-in pages and proxies do."""
    return Problem(
        f"{url} answers, but with a web page or something else that is no model's answer. Correct"
        f" {role}_MODEL_BASE_URL in .env; the address usually ends in /v1.",
        f"{url} 有应答，但返回的是网页或其他内容，不是模型接口。请更正 .env 中的 {role}_MODEL_BASE_URL，"
        "地址通常以 /v1 结尾。",
    )


def _problem(error: openai.APIError, role: Role | None) -> Problem:
    sent_to = error.request.url
    role = role or ("EMBEDDING" if sent_to.path.endswith("/embeddings") else "CHAT")
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
            cause = _transport_error(error)
            reason = str(cause) or type(cause).__name__
            if isinstance(cause, (httpx2.ReadError, httpx2.WriteError, httpx2.RemoteProtocolError)):
                return Problem(
                    f"{url} broke off ({reason}). See whether the server still runs, and try again.",
                    f"{url} 中途断开（{reason}）。请查看服务器是否仍在运行，然后重试。",
                )
            return _unreachable(sent_to, url, reason, f"{name}_BASE_URL")
        case openai.AuthenticationError() | openai.PermissionDeniedError():
            # The server's own words are left out: some quote the key.
            return Problem(
                f"{url} refused the API key (HTTP {error.status_code}). Correct {role}_API_KEY in .env.",
                f"{url} 拒绝了 API 密钥（HTTP {error.status_code}）。请更正 .env 中的 {role}_API_KEY。",
            )
        case openai.NotFoundError() if not re.search(r"/v\d", sent_to.path):
            return Problem(
                f"{url} answered 404. {name}_BASE_URL in .env lacks its end: it is usually /v1, "
                f"as in {sent_to.scheme}://{sent_to.netloc.decode()}/v1.",
                f"{url} 返回 404。.env 中的 {name}_BASE_URL 缺少结尾，通常是 /v1，"
                f"例如 {sent_to.scheme}://{sent_to.netloc.decode()}/v1。",
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


def _unreachable(sent_to: httpx2.URL, url: str, reason: str, variable: str) -> Problem:
    if "WRONG_VERSION_NUMBER" in reason or "RECORD_LAYER" in reason:
        return Problem(
            f"{url} does not speak https. Write http:// in {variable} in .env.",
            f"{url} 不使用 https。请把 .env 中的 {variable} 改为 http:// 开头。",
        )
    if sent_to.host in LOOPBACK:
        return Problem(
            f"no server answers at {url} ({reason})."
            f" Start it in another terminal with `python -m server`, or correct {variable} in .env.",
            f"{url} 没有服务器应答（{reason}）。请在另一个终端运行 `python -m server` 启动服务器，"
            f"或更正 .env 中的 {variable}。",
        )
    if proxy := proxy_for(str(sent_to)):
        setting, address = proxy
        return Problem(
            f"{url} can't be reached through the proxy {setting}={address} ({reason})."
            f" Start the proxy or unset {setting}; NO_PROXY={sent_to.host} goes around it.",
            f"无法通过代理 {setting}={address} 访问 {url}（{reason}）。"
            f"请启动该代理，或取消 {setting}；设置 NO_PROXY={sent_to.host} 可绕过代理。",
        )
    return Problem(
        f"{url} can't be reached ({reason}). Check the network, and {variable} in .env.",
        f"无法访问 {url}（{reason}）。请检查网络和 .env 中的 {variable}。",
    )


def _transport_error(error: BaseException) -> BaseException:
    """What httpx2 said, below openai's exception and maybe langchain's."""
    while error.__cause__ and not isinstance(error, httpx2.HTTPError):
        error = error.__cause__
    return error


def _words(error: openai.APIError) -> str:
    """The server's own message where it has OpenAI's shape."""
    message = error.body.get("message") if isinstance(error.body, dict) else None
    return str(message or error.message).strip().rstrip(".")
