"""What stands around thoughts."""

from typing import NamedTuple


class ThoughtMarks(NamedTuple):
    """The texts with which a thought begins and ends."""

    open: str
    close: str


THINK = ThoughtMarks("<think>", "</think>")

# In the order in which to look: some templates speak of another's.
KNOWN = (
    ThoughtMarks("<seed:think>", "</seed:think>"),
    ThoughtMarks("<mm:think>", "</mm:think>"),  # MiniMax M3
    ThoughtMarks("<|channel>thought", "<channel|>"),  # Gemma 4
    ThoughtMarks(  # gpt-oss
        "<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>"
    ),
    ThoughtMarks("<|START_THINKING|>", "<|END_THINKING|>"),  # Cohere
    ThoughtMarks("<|inner_prefix|>", "<|inner_suffix|>"),  # Apertus
    ThoughtMarks("[THINK]", "[/THINK]"),  # Mistral
    ThoughtMarks("Here are my reasoning steps:", "[BEGIN FINAL RESPONSE]"),  # Apriel 1.6
    ThoughtMarks("<thinking>", "</thinking>"),  # Apriel 1.5
    THINK,
)


def thought_marks_of(template: str) -> ThoughtMarks | None:
    """The marks that a chat template knows; None if it speaks of no thoughts."""
    return next((marks for marks in KNOWN if marks.open in template), None)
