"""Errors in OpenAI's shape."""

import asyncio
from contextlib import suppress
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match

from kit.http.refusal import body, quoted
from kit.http.unread import HALF_A_CHARACTER, invalid, undecoded
from kit.problem import Problem
from server.api.broken_text import broken_field
from server.api.json_text import Utf8JsonResponse
from server.chat.constrained.grammar import GrammarError
from server.chat.constrained.json_schema import UnsupportedSchema
from server.chat.constrained.trial import TooManyGrammars, TriedTooLong
from server.chat.prompt.messages import UnsupportedContent
from server.chat.prompt.template import TemplateRefusal
from server.chat.tool_calls.grammar import UnsupportedTool
from server.engine.engine import ContextLengthExceeded, QueueFull
from server.engine.worker import ModelUnloaded

# What the fields of a chat request are called elsewhere.
OTHER_NAMES = {
    "/v1/completions": {"messages": "prompt"},
    "/v1/responses": {"messages": "input", "response_format": "text.format"},
    "/v1/messages": {"response_format": "output_config.format"},
}

RETRY_SECONDS = 2


class ApiError(Exception):
    """An answer of status 4xx or 5xx; `param` names the field of the request that it is about.

    After `retry_seconds` it may be worth while to ask again.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        param: str | None = None,
        code: str | None = None,
        retry_seconds: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.param = param
        self.code = code
        self.retry_seconds = retry_seconds


def install(app: FastAPI) -> None:
    """Give every failure of the app OpenAI's shape."""
    app.add_exception_handler(ApiError, _api_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(ContextLengthExceeded, _context_length_exceeded)
    app.add_exception_handler(UnsupportedContent, _unsupported_content)
    app.add_exception_handler(UnsupportedTool, _unsupported_tool)
    app.add_exception_handler(UnsupportedSchema, _unsupported_schema)
    app.add_exception_handler(GrammarError, _grammar_error)
    app.add_exception_handler(TriedTooLong, _grammar_error)
    app.add_exception_handler(QueueFull, _queue_full)
    app.add_exception_handler(TooManyGrammars, _queue_full)
    app.add_exception_handler(ModelUnloaded, _model_unloaded)
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(TemplateRefusal, _template_refusal)
    app.add_exception_handler(UnicodeEncodeError, _half_a_character)
    app.add_exception_handler(RecursionError, _nested_too_deep)
    app.add_exception_handler(HTTPException, _http_exception)


def _named(request: Request, field: str) -> str:
    return OTHER_NAMES.get(request.url.path, {}).get(field, field)


def _respond(
    status: int, message: str, param: str | None = None, code: str | None = None
) -> Utf8JsonResponse:
    return Utf8JsonResponse(body(status, message, param, code), status)


def _api_error(_: Request, error: Any) -> Utf8JsonResponse:
    headers = {"Retry-After": str(error.retry_seconds)} if error.retry_seconds is not None else None
    return Utf8JsonResponse(body(error.status, error.message, error.param, error.code), error.status, headers)


def _validation_error(_: Request, error: Any) -> Utf8JsonResponse:
    return Utf8JsonResponse(invalid(error), 400)


def _context_length_exceeded(request: Request, error: Any) -> Utf8JsonResponse:
    # The first words are OpenAI's: LiteLLM and others look for them.
    field = _named(request, "messages")
    return _respond(
        400,
        f"This model's maximum context length is {error.context_length} tokens. However, your {field} resulted in "
        f"{error.prompt_tokens} tokens. Please reduce the length of the {field}, or raise CONTEXT_LENGTH in .env.",
        field,
        "context_length_exceeded",
    )


def _unsupported_content(request: Request, error: Any) -> Utf8JsonResponse:
    field = _named(request, "messages")
    if field == "messages":
        field = f"messages.{error.index}.content"
    return _respond(
        400, f"{field} has a part of type {quoted(error.kind)}; this model reads text only.", field
    )


def _unsupported_tool(_: Request, error: Any) -> Utf8JsonResponse:
    return _respond(400, f"Calls cannot be held to the parameters of {error}", "tools")


def _unsupported_schema(request: Request, error: Any) -> Utf8JsonResponse:
    return _respond(400, f"This schema cannot be enforced: {error}", _named(request, "response_format"))


def _grammar_error(request: Request, error: Any) -> Utf8JsonResponse:
    message = f"This schema is too complex to be enforced: {error}"
    return _respond(400, message, _named(request, "response_format"))


def _queue_full(_: Request, error: Any) -> Utf8JsonResponse:
    message = "As many requests are waiting as this server takes. Try again in a moment."
    refusal = body(429, message, code="rate_limit_exceeded")
    return Utf8JsonResponse(refusal, 429, {"Retry-After": str(RETRY_SECONDS)})


def _model_unloaded(request: Request, error: Any) -> Utf8JsonResponse:
    refusal = ApiError(
        503,
        f"The answer broke off: {error}",
        code="model_not_loaded",
        retry_seconds=RETRY_SECONDS,
    )
    return _api_error(request, refusal)


def _problem(_: Request, error: Any) -> Utf8JsonResponse:
    return _respond(400, f"{error.en}\n{error.zh}")


def _template_refusal(request: Request, error: Any) -> Utf8JsonResponse:
    message = f"The model's chat template does not take these messages: {error}"
    return _respond(400, message, _named(request, "messages"))


async def _half_a_character(request: Request, error: Any) -> Utf8JsonResponse:
    field = None
    with suppress(ValueError):  # it has no body, or one of another kind
        field = await asyncio.to_thread(broken_field, await request.json())
    return _respond(400, f"{field or 'The request'} holds {HALF_A_CHARACTER}.", field)


def _nested_too_deep(_: Request, error: Any) -> Utf8JsonResponse:
    return Utf8JsonResponse(undecoded(error), 400)


def _http_exception(request: Request, error: Any) -> Utf8JsonResponse:
    method, path = request.method, request.url.path
    if error.status_code == 404:
        base = f"{str(request.base_url).rstrip('/')}/v1"
        return _respond(
            404, f"There is no {method} {path}. The base URL is {base}; see /docs for what there is."
        )
    if error.status_code == 405:
        allowed = ", ".join(_methods(request))
        refusal = body(405, f"{path} does not take {method}, but {allowed}.")
        return Utf8JsonResponse(refusal, 405, {"Allow": allowed})
    if unread := undecoded(error.__cause__):
        return Utf8JsonResponse(unread, 400)
    return Utf8JsonResponse(body(error.status_code, str(error.detail)), error.status_code, error.headers)


def _methods(request: Request) -> list[str]:
    """What the path takes."""
    routes = request.app.routes
    taken = {
        method
        for method in ("DELETE", "GET", "PATCH", "POST", "PUT")
        if any(route.matches({**request.scope, "method": method})[0] is Match.FULL for route in routes)
    }
    return sorted(taken | ({"HEAD"} if "GET" in taken else set()))
