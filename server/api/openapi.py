"""What `/docs` and `/openapi.json` say of errors."""

import re
from typing import Any

from fastapi import FastAPI

from server.api.messages.errors import PATH as ANTHROPIC_PATH

ERROR: dict[str, Any] = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string", "enum": ["invalid_request_error", "server_error"]},
                "param": {"type": ["string", "null"], "description": "the field that it is about"},
                "code": {"type": ["string", "null"]},
            },
        }
    },
}

ANTHROPIC_ERROR: dict[str, Any] = {
    "type": "object",
    "required": ["type", "error"],
    "properties": {
        "type": {"const": "error"},
        "error": {
            "type": "object",
            "required": ["type", "message"],
            "properties": {"type": {"type": "string"}, "message": {"type": "string"}},
        },
    },
}

MODELS_CHANGED = re.compile(r"/v1/models/(load|unload|download|verify|files)")

EVERYWHERE = {
    401: "no key, or a wrong one, where MOLY_API_KEY is set",
    403: "a web page or a host name that may not use this server",
    500: "a mistake of the server",
    503: "a model that is not in memory, or a server that is about to stop; see Retry-After",
    504: "longer than MOLY_REQUEST_SECONDS",
}
WITH_BODY = {
    400: "a field that is wrong or not supported; `param` names it",
    404: "no such model",
    408: "a body of which no more came",
    413: "a body that is too long",
    415: "a compression that cannot be read",
    429: "as many requests wait as the server takes; see Retry-After",
}
WITH_NAME = {400: "a parameter that is wrong", 404: "nothing of this name"}
CHANGES = {
    409: "not now: the model is not on the disk, is in use, or on its way already",
    501: "a server whose models stay as they are",
}


def install(app: FastAPI) -> None:
    """Describe the errors that really come; FastAPI would promise a 422 of its own shape."""
    describe = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = describe()
            schema["components"]["schemas"] |= {"Error": ERROR, "AnthropicError": ANTHROPIC_ERROR}
            for name in ("HTTPValidationError", "ValidationError"):
                schema["components"]["schemas"].pop(name, None)
            for path, operations in schema["paths"].items():
                for operation in operations.values():
                    _describe(path, operation)
        return app.openapi_schema or {}

    app.openapi = openapi  # type: ignore[method-assign]


def _describe(path: str, operation: dict[str, Any]) -> None:
    responses = operation["responses"]
    responses.pop("422", None)
    errors = EVERYWHERE | (WITH_NAME if "{" in path else {})
    errors |= WITH_BODY if "requestBody" in operation else {}
    errors |= CHANGES if MODELS_CHANGED.match(path) else {}
    name = "AnthropicError" if path.startswith(ANTHROPIC_PATH) else "Error"
    content = {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
    for status, description in sorted(errors.items()):
        responses.setdefault(str(status), {"description": description, "content": content})
