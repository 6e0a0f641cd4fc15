"""Requests that cannot be read, or do not say what they should: refused with the field and what is wrong with it."""

import re
import sys
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from kit.http.refusal import body, quoted

HALF_A_CHARACTER = "half of a surrogate pair, which is not a character. Send the whole character"

# Where several forms are possible, each has errors of its own; more of them say no more.
MOST_ERRORS = 100


def install(app: FastAPI) -> None:
    """Give what no route answers its shape, in an app that has no words of its own for it."""
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http_exception)


def invalid(error: RequestValidationError) -> dict[str, Any]:
    """The refusal of a body, or of another part of a request, that does not say what it should."""
    errors: list[Any] = list(error.errors())[:MOST_ERRORS]
    if errors[0]["type"] == "json_invalid":
        return body(400, f"The request body is not JSON: {errors[0]['ctx']['error']}.")
    # Where several forms are possible, the one that fits farthest was meant: of its type at least.
    path, meant = max(
        ((_path(each, error.body), each) for each in errors),
        key=lambda found: (
            len(found[0]),
            found[1]["type"] != "missing",
            not found[1]["type"].endswith("_type"),
        ),
    )
    param = ".".join(path) or None
    return body(400, f"{param or 'body'}: {_words(meant)}.", param, meant["type"])


def undecoded(cause: BaseException | None) -> dict[str, Any] | None:
    """The refusal of a body that Python's JSON cannot decode for this reason; None for any other."""
    match cause:
        case UnicodeDecodeError():  # what curl sends from a Chinese Windows console
            return body(400, "The request body is not UTF-8.")
        case RecursionError():
            return body(400, "The request body is nested too deep.")
        case ValueError() if "digits" in str(cause):
            most = sys.get_int_max_str_digits()
            return body(
                400, f"The request body holds a number of more than {most:,} digits. Send a shorter one."
            )
    return None


def _invalid(_: Request, error: Any) -> JSONResponse:
    return JSONResponse(invalid(error), 400)


def _http_exception(_: Request, error: Any) -> JSONResponse:
    refusal = undecoded(error.__cause__) or body(error.status_code, str(error.detail))
    return JSONResponse(refusal, error.status_code, error.headers)


def _words(error: Any) -> str:
    """What is wrong, without the names of our own types."""
    match error["type"]:
        case "union_tag_invalid":
            return f"{quoted(error['ctx']['tag'])} is none of {error['ctx']['expected_tags']}"
        case "union_tag_not_found" if isinstance(error["input"], dict):
            return "A type is missing"
        case "union_tag_not_found" | "model_attributes_type":
            return "Input should be an object"
        case "string_unicode":
            return f"This is {HALF_A_CHARACTER}"
        case "value_error" if "UploadFile" in error["msg"]:
            return "Input should be a file: a part of the form with a filename"
    return re.sub(r"a valid dictionary or instance of \w+$", "an object", str(error["msg"]))


def _path(error: Any, given: Any) -> list[str]:
    """The fields on the way to an error, without the names of types that Pydantic puts between them."""
    path, location = [], error["loc"][1:]
    if error["loc"][0] != "body":
        return [str(part) for part in location]
    for part in location:
        try:
            given = given[part]
        except (KeyError, TypeError, IndexError):
            continue
        path.append(str(part))
    return path + list(location[-1:]) if error["type"] == "missing" else path
