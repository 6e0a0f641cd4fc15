"""The form of an answer in a request."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from server.chat.json_schema import ANY_OBJECT


class Text(BaseModel):
    type: Literal["text"]


class JsonObject(BaseModel):
    type: Literal["json_object"]


class NamedSchema(BaseModel):
    model_config = ConfigDict(serialize_by_alias=True)

    name: str = "answer"
    body: Annotated[dict[str, Any] | None, Field(alias="schema")] = None


class JsonSchema(BaseModel):
    type: Literal["json_schema"]
    json_schema: NamedSchema


ResponseFormat = Annotated[Text | JsonObject | JsonSchema, Field(discriminator="type")]


def schema_of(form: Text | JsonObject | JsonSchema | None) -> dict[str, Any] | None:
    """The schema that an answer has to satisfy, if any."""
    match form:
        case JsonObject():
            return ANY_OBJECT
        case JsonSchema():
            return ANY_OBJECT if form.json_schema.body is None else form.json_schema.body
    return None
