"""Failures of a request, in the shape that the model server's have."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from agents.service.as_json import problem_fields
from agents.service.runs import Busy, Occupied
from agents.service.threads import ThreadsFull
from kit.http import unread
from kit.http.refusal import body
from kit.problem import Problem

RETRY_SECONDS = 2


def install(app: FastAPI) -> None:
    unread.install(app)
    app.add_exception_handler(Busy, _busy)
    app.add_exception_handler(Occupied, _occupied)
    app.add_exception_handler(ThreadsFull, _full)
    app.add_exception_handler(Problem, _problem)


def _busy(_: Request, error: Any) -> JSONResponse:
    return JSONResponse(body(429, str(error), code="busy"), 429, {"Retry-After": str(RETRY_SECONDS)})


def _occupied(_: Request, error: Any) -> JSONResponse:
    return JSONResponse(body(409, str(error), code="thread_occupied"), 409)


def _full(_: Request, error: Any) -> JSONResponse:
    return JSONResponse(body(409, str(error), code="threads_full"), 409)


def _problem(_: Request, error: Any) -> JSONResponse:
    """Mostly the model's server, which can't be reached or refuses."""
    refusal = body(502, error.en, code="agent_failed")
    refusal["error"]["problem"] = problem_fields(error)
    return JSONResponse(refusal, 502)
