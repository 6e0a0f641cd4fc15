"""Errors in OpenAI's shape."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from server.chat.grammar import GrammarError
from server.chat.json_schema import UnsupportedSchema
from server.chat.messages import UnsupportedContent
from server.chat.template import TemplateRefusal
from server.chat.tool_grammar import UnsupportedTool
from server.engine.engine import ContextLengthExceeded, QueueFull

# What the fields of a chat request are called elsewhere.
OTHER_NAMES = {
    "/v1/completions": {"messages": "prompt"},
    "/v1/responses": {"messages": "input", "response_format": "text.format"},
}

RETRY_SECONDS = 2


class ApiError(Exception):
    """An answer of status 4xx or 5xx; `param` names the field of the request that it is about."""

    def __init__(
        self, status: int, message: str, *, param: str | None = None, code: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.param = param
        self.code = code


def install(app: FastAPI) -> None:
    """Give every failure of the app OpenAI's shape."""
    app.add_exception_handler(ApiError, _api_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(ContextLengthExceeded, _context_length_exceeded)
    app.add_exception_handler(UnsupportedContent, _unsupported_content)
    app.add_exception_handler(UnsupportedTool, _unsupported_tool)
    app.add_exception_handler(UnsupportedSchema, _unsupported_schema)
    app.add_exception_handler(GrammarError, _grammar_error)
    app.add_exception_handler(QueueFull, _queue_full)
    app.add_exception_handler(TemplateRefusal, _template_refusal)
    app.add_exception_handler(UnicodeEncodeError, _half_a_character)
    app.add_exception_handler(RecursionError, _nested_too_deep)
    app.add_exception_handler(HTTPException, _http_exception)


def body(status: int, message: str, param: str | None = None, code: str | None = None) -> dict[str, Any]:
    kind = "invalid_request_error" if status < 500 else "server_error"
    # A message may quote half a surrogate pair, which cannot be sent.
    message = message.encode("utf-8", "replace").decode()
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def _named(request: Request, field: str) -> str:
    return OTHER_NAMES.get(request.url.path, {}).get(field, field)


def _respond(status: int, message: str, param: str | None = None, code: str | None = None) -> JSONResponse:
    return JSONResponse(body(status, message, param, code), status)


def _api_error(_: Request, error: Any) -> JSONResponse:
    return _respond(error.status, error.message, error.param, error.code)


def _validation_error(_: Request, error: Any) -> JSONResponse:
    errors = error.errors()
    if errors[0]["type"] == "json_invalid":
        return _respond(400, f"The request body is not JSON: {errors[0]['ctx']['error']}.")
    # Where several forms are possible, the one that fits farthest was meant.
    path, meant = max(
        ((_path(each, error.body), each) for each in errors),
        key=lambda found: (len(found[0]), found[1]["type"] != "missing"),
    )
    param = ".".join(path) or None
    return _respond(400, f"{param or 'body'}: {meant['msg']}.", param, meant["type"])


def _path(error: Any, given: Any) -> list[str]:
    """The fields on the way to an error, without the names of types that Pydantic puts between them."""
    path, location = [], error["loc"][1:]
    for part in location:
        try:
            given = given[part]
        except (KeyError, TypeError):
            continue
        path.append(str(part))
    return path + list(location[-1:]) if error["type"] == "missing" else path


def _context_length_exceeded(request: Request, error: Any) -> JSONResponse:
    return _respond(
        400,
        f"The prompt has {error.prompt_tokens} tokens, and this server's context holds {error.context_length} "
        "including the answer. Shorten it, or raise CONTEXT_LENGTH in .env.",
        _named(request, "messages"),
        "context_length_exceeded",
    )


def _unsupported_content(request: Request, error: Any) -> JSONResponse:
    field = _named(request, "messages")
    if field == "messages":
        field = f"messages.{error.index}.content"
    return _respond(400, f"{field} has a part of type {error.kind!r}; this model reads text only.", field)


def _unsupported_tool(_: Request, error: Any) -> JSONResponse:
    return _respond(400, f"Calls cannot be held to the parameters of {error}", "tools")


def _unsupported_schema(request: Request, error: Any) -> JSONResponse:
    return _respond(400, f"This schema cannot be enforced: {error}", _named(request, "response_format"))


def _grammar_error(request: Request, error: Any) -> JSONResponse:
    message = f"This schema is too complex to be enforced: {error}"
    return _respond(400, message, _named(request, "response_format"))


def _queue_full(_: Request, error: Any) -> JSONResponse:
    message = "As many requests are waiting as this server takes. Try again in a moment."
    refusal = body(429, message, code="rate_limit_exceeded")
    return JSONResponse(refusal, 429, {"Retry-After": str(RETRY_SECONDS)})


def _template_refusal(request: Request, error: Any) -> JSONResponse:
    message = f"The model's chat template does not take these messages: {error}"
    return _respond(400, message, _named(request, "messages"))


def _half_a_character(_: Request, error: Any) -> JSONResponse:
    return _respond(400, "The request holds half of a surrogate pair, which is not a character.")


def _nested_too_deep(_: Request, error: Any) -> JSONResponse:
    return _respond(400, "The request body is nested too deep.")


def _http_exception(request: Request, error: Any) -> JSONResponse:
    if error.status_code == 404:
        return _respond(404, f"There is no {request.method} {request.url.path}; see /docs for what there is.")
    if isinstance(error.__cause__, UnicodeDecodeError):  # what curl sends from a Chinese Windows console
        return _respond(400, "The request body is not UTF-8.")
    if isinstance(error.__cause__, RecursionError):
        return _nested_too_deep(request, error)
    return _respond(error.status_code, str(error.detail))
