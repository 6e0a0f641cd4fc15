"""Fields that chat and completions share."""

from dataclasses import replace
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from server.api.errors import ApiError
from server.api.fields.bounded import at_most
from server.chat.chat_model import ChatModel
from server.engine.sampling import SamplingParams

Penalty = Annotated[float, Field(ge=-2, le=2)]
Bias = Annotated[float, Field(ge=-100, le=100)]
# JSON's keys are text; llama.cpp's ids have 32 bits.
TokenId = Annotated[int, Field(ge=0, lt=2**31, strict=False)]

MAX_STOPS = 16  # OpenAI takes 4
MAX_BIASES = 300

KNOBS = {field for field in SamplingParams.__dataclass_fields__ if field != "top_logprobs"}


class StreamOptions(BaseModel):
    include_usage: bool = False


class SamplingFields(BaseModel):
    """What a request may say of how its tokens are chosen; for what it leaves out or null, the model has a default.

    Strict: the text "5" is not a number.
    """

    model_config = ConfigDict(strict=True)

    model: str | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    max_tokens: Annotated[int, Field(ge=1)] | None = None
    stop: str | Annotated[list[str], Field(fail_fast=True), at_most(MAX_STOPS)] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(ge=0, le=1)] | None = None
    top_k: Annotated[int, Field(ge=0, lt=2**31)] | None = None
    min_p: Annotated[float, Field(ge=0, le=1)] | None = None
    presence_penalty: Penalty | None = None
    frequency_penalty: Penalty | None = None
    repeat_penalty: Annotated[float, Field(gt=0, le=10)] | None = None
    logit_bias: Annotated[dict[TokenId, Bias], at_most(MAX_BIASES)] | None = None
    seed: int | None = None

    def params(self, chat: ChatModel) -> SamplingParams:
        """Raises ApiError 400 for a bias on a token that this model does not have."""
        last = chat.engine.model.n_vocab - 1
        if foreign := [token for token in self.logit_bias or {} if token > last]:
            message = f"logit_bias names the token {foreign[0]}; this model's vocabulary ends at {last}."
            raise ApiError(400, message, param="logit_bias")
        named = self.model_dump(include=KNOBS, exclude_none=True)
        return replace(chat.sampling, top_logprobs=self.alternatives(), **named)

    def alternatives(self) -> int | None:
        """How many alternatives to report with each token; None reports no log-probabilities."""
        return None

    def stops(self) -> list[str]:
        stop = [self.stop] if isinstance(self.stop, str) else self.stop or []
        return [text for text in stop if text]

    def wants_usage(self) -> bool:
        return bool(self.stream_options and self.stream_options.include_usage)
