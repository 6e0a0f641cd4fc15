"""An endpoint as it is, asked with plain JSON: what a library would mend or hide is to be seen."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import openai

from kit.api_problems import Role, api_problems, not_an_api
from kit.endpoint import Endpoint
from kit.web.certificates import require_certificates


class Refused(Exception):
    """The endpoint answers, but not to this request. `status` is HTTP's, the text its own."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


@dataclass(frozen=True)
class Api:
    """`seconds` is how long one answer may take."""

    place: Endpoint
    role: Role = "CHAT"
    seconds: float = 40

    @cached_property
    def client(self) -> openai.OpenAI:
        require_certificates()
        return openai.OpenAI(
            base_url=self.place.base_url, api_key=self.place.api_key, max_retries=0, timeout=self.seconds
        )

    def models(self) -> list[str]:
        """Ids; empty for a provider that lists none. Raises `Problem` where nothing answers as an API does."""
        with api_problems(self.role):
            try:
                listed: Any = self.client.with_options(timeout=5).get("/models", cast_to=object)
            except openai.NotFoundError as error:
                if "/v1" in self.place.base_url:
                    return []
                raise error
        if not isinstance(listed, dict):
            raise not_an_api(self.place.base_url, self.role)
        data = listed.get("data")
        return (
            [str(model.get("id")) for model in data if isinstance(model, dict)]
            if isinstance(data, list)
            else []
        )

    def card(self) -> dict[str, Any]:
        """What is told of the model; nothing, where nothing is."""
        try:
            told: Any = self.client.get(f"/models/{self.place.model}", cast_to=object)
        except openai.APIError:
            return {}
        return told if isinstance(told, dict) else {}

    def post(self, route: str, body: dict[str, Any]) -> dict[str, Any]:
        """Raises `Refused` for a request that is not taken, `Problem` where there is no answer at all."""
        with api_problems(self.role):
            try:
                told: Any = self.client.post(route, body=body, cast_to=object)
            except (openai.BadRequestError, openai.UnprocessableEntityError, openai.NotFoundError) as error:
                raise _refused(error) from error
            except openai.APIStatusError as error:
                if error.status_code in (401, 403, 429):
                    raise
                raise _refused(error) from error
        if not isinstance(told, dict):
            raise not_an_api(f"{self.place.base_url}{route}", self.role)
        return told

    def chat(self, question: str, **more: Any) -> dict[str, Any]:
        """The first choice. A `messages` of one's own comes in the question's place."""
        told = self.post("/chat/completions", self._body(question, more))
        choices = told.get("choices")
        if not (isinstance(choices, list) and choices and isinstance(choices[0], dict)):
            raise Refused(200, f"an answer without choices: {str(told)[:120]}")
        return choices[0] | {"usage": told.get("usage")}

    def stream(self, question: str, **more: Any) -> Iterator[dict[str, Any]]:
        body = self._body(question, more)
        with api_problems(self.role):
            try:
                for chunk in self.client.chat.completions.create(**body, stream=True):
                    yield chunk.model_dump()
            except openai.BadRequestError as error:
                raise _refused(error) from error

    def _body(self, question: str, more: dict[str, Any]) -> dict[str, Any]:
        asked = {"model": self.place.model, "messages": [{"role": "user", "content": question}]}
        return asked | {"temperature": 0, "max_tokens": 64} | more


def _refused(error: openai.APIStatusError) -> Refused:
    told = error.body.get("message") if isinstance(error.body, dict) else None
    return Refused(error.status_code, str(told or error.message)[:200])
