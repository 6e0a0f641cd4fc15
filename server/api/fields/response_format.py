"""The form of an answer in a request."""

from typing import Annotated, Any, Literal, TypedDict

from pydantic import BaseModel, ConfigDict, Field

from server.api.fields.bounded import PLAIN_TYPE
from server.chat.constrained.json_schema import ANY_OBJECT


class Text(BaseModel):
    type: Literal["text"]


class JsonObject(BaseModel):
    """`schema` is llama.cpp's and Fireworks' addition."""

    model_config = ConfigDict(serialize_by_alias=True)

    type: Literal["json_object"]
    body: Annotated[dict[str, Any] | None, Field(alias="schema")] = None


class NamedSchema(BaseModel):
    model_config = ConfigDict(serialize_by_alias=True)

    name: str = "answer"
    description: str | None = None
    body: Annotated[dict[str, Any], Field(alias="schema")]
    strict: bool | None = None


class JsonSchema(BaseModel):
    type: Literal["json_schema"]
    json_schema: NamedSchema


ResponseFormat = Annotated[Text | JsonObject | JsonSchema, Field(discriminator="type"), PLAIN_TYPE]


class Form(TypedDict):
    """What a plan wants to know of the form of an answer."""

    schema: dict[str, Any] | None
    strict: bool


def form_of(form: Text | JsonObject | JsonSchema | None) -> Form:
    """The schema that an answer has to satisfy, if any."""
    match form:
        case JsonObject():
            return {"schema": ANY_OBJECT if form.body is None else form.body, "strict": False}
        case JsonSchema():
            return {"schema": form.json_schema.body, "strict": bool(form.json_schema.strict)}
    return {"schema": None, "strict": False}
