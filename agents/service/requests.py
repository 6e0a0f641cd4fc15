"""What may be asked, checked in time proportional to what is allowed."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

MOST_CHARACTERS = 50_000

# Also what a file name or a log can hold.
ThreadId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,100}$")]
Question = Annotated[str, Field(min_length=1, max_length=MOST_CHARACTERS)]


class Ask(BaseModel):
    """A question, or the yes or no that a run waits for."""

    model_config = ConfigDict(extra="forbid")

    question: Question | None = None
    thread: ThreadId | None = Field(default=None, description="a thread that goes on; a new one without")
    approved: bool | None = Field(
        default=None, description="the answer to the approval that the thread waits for"
    )

    @model_validator(mode="after")
    def _one_of_both(self) -> "Ask":
        if (self.question is None) == (self.approved is None):
            raise ValueError("give either `question` or `approved`")
        if self.approved is not None and self.thread is None:
            raise ValueError("`approved` needs its `thread`")
        return self


def last(value: Any) -> Any:
    """The last entry of a list; the rest is not looked at."""
    return value[-1:] if isinstance(value, list) else value


Last = BeforeValidator(last)
