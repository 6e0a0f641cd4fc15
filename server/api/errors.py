"""Errors in OpenAI's shape."""

import logging
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

log = logging.getLogger("server")


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
    app.add_exception_handler(HTTPException, _http_exception)
    app.add_exception_handler(Exception, _unexpected)


def body(status: int, message: str, param: str | None = None, code: str | None = None) -> dict[str, Any]:
    kind = "invalid_request_error" if status < 500 else "server_error"
    return {"error": {"message": message, "type": kind, "param": param, "code": code}}


def _respond(status: int, message: str, param: str | None = None, code: str | None = None) -> JSONResponse:
    return JSONResponse(body(status, message, param, code), status)


def _api_error(_: Request, error: Any) -> JSONResponse:
    return _respond(error.status, error.message, error.param, error.code)


def _validation_error(_: Request, error: Any) -> JSONResponse:
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return _respond(400, f"The request body is not JSON: {first['ctx']['error']}.")
    path = [part for part in first["loc"][1:] if isinstance(part, int) or part.isidentifier()]
    param = ".".join(map(str, path)) or None
    return _respond(400, f"{param or 'body'}: {first['msg']}.", param, first["type"])


def _context_length_exceeded(_: Request, error: Any) -> JSONResponse:
    return _respond(
        400,
        f"The prompt has {error.prompt_tokens} tokens, and this server's context holds {error.context_length} "
        "including the answer. Shorten the messages, or raise CONTEXT_LENGTH in .env.",
        "messages",
        "context_length_exceeded",
    )


def _unsupported_content(_: Request, error: Any) -> JSONResponse:
    return _respond(
        400,
        f"messages[{error.index}] has a part of type {error.kind!r}; this model reads text only.",
        f"messages.{error.index}.content",
    )


def _unsupported_tool(_: Request, error: Any) -> JSONResponse:
    return _respond(400, f"The parameters of {error} Calls could not be held to them.", "tools")


def _unsupported_schema(_: Request, error: Any) -> JSONResponse:
    return _respond(400, f"This schema cannot be enforced: {error}", "response_format")


def _grammar_error(_: Request, error: Any) -> JSONResponse:
    return _respond(400, f"This schema is too complex to be enforced: {error}", "response_format")


def _queue_full(_: Request, error: Any) -> JSONResponse:
    return _respond(503, "As many requests are waiting as this server takes. Try again in a moment.")


def _template_refusal(_: Request, error: Any) -> JSONResponse:
    return _respond(400, f"The model's chat template does not take these messages: {error}", "messages")


def _http_exception(request: Request, error: Any) -> JSONResponse:
    if error.status_code == 404:
        return _respond(404, f"There is no {request.method} {request.url.path}; see /docs for what there is.")
    return _respond(error.status_code, str(error.detail))


def _unexpected(_: Request, error: Any) -> JSONResponse:
    log.error("unexpected error", exc_info=error)
    return _respond(500, "The server made a mistake; its log says more.")
