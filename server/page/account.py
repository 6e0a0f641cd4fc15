"""What is told of a request: its state and figures, and why there was a call or none."""

from collections.abc import Iterator
from typing import Any

from kit.page.figures import figures
from kit.page.say import Say

STATES = {
    "waiting": ("waits", "等待"),
    "running": ("runs", "进行中"),
    "done": ("done", "完成"),
    "refused": ("refused", "被拒绝"),
    "broken": ("broken off", "中断"),
}
FIGURES = ("prompt_tokens", "cached_tokens", "completion_tokens", "first_token_seconds", "tokens_per_second")


def in_one_line(request: dict[str, Any], say: Say) -> str:
    told = [say(*STATES[request["state"]]), f"{request['seconds']:.1f} s"]
    told.append(f"{request['client']} {request['user_agent']}")
    told += [figures(say, *(answer[name] for name in FIGURES)) for answer in request["answers"]]
    return " · ".join(told)


def reasons(answer: dict[str, Any], say: Say) -> Iterator[str]:
    """Out of the gate's probability and the order of the steps."""
    for gate in (step["gate"] for step in answer["steps"] if answer["tools"] and step["gate"]):
        share, least = f"{gate['probability']:.1%}", f"{gate['least']:.0%}"
        told = say(
            f"a call begins with {share}; {least} are needed.", f"以调用开头的概率为 {share}，需要 {least}。"
        )
        yield (say("May call: ", "允许调用：") if gate["open"] else say("No call: ", "没有调用：")) + told
    kinds = [step["step"] for step in answer["steps"]]
    if "calls" in kinds and "text_only" in kinds[kinds.index("calls") :]:
        yield say(
            "A call was begun and taken back: no declared tool is likely enough, or it was answered already.",
            "开始了调用又撤回：没有足够可能的已声明工具，或该调用已有结果。",
        )
