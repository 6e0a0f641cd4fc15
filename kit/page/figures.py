"""What an answer cost, in words."""

import time
from collections.abc import Sequence

from kit.page.say import Say


def figures(
    say: Say, read: int, cached: int, written: int, first: float | None = None, rate: float | None = None
) -> str:
    """Tokens, seconds to the first one, tokens a second."""
    tokens = say(
        f"{read} tokens in, {cached} of them cached, {written} out",
        f"输入 {read} 个 token，其中缓存 {cached}，输出 {written}",
    )
    begun = say(f"first after {first:.2f} s", f"首个 {first:.2f} 秒") if first else ""
    return " · ".join(filter(None, (tokens, begun, f"{rate:.1f} tokens/s" if rate else "")))


def in_all(say: Say, began: float, first: float | None, costs: Sequence[tuple[int, int, int]]) -> str:
    """Of an answer that ends now. `began` and `first`, its first token, are times of `time.monotonic`; `costs` are
    tokens read, cached and written, a call of the model each."""
    now = time.monotonic()
    told = f"{now - began:.1f} s"
    if not costs:
        return told
    read, cached, written = map(sum, zip(*costs, strict=True))
    if len(costs) > 1 or first is None or now <= first:  # with tools in between, a rate means nothing
        return f"{told} · {figures(say, read, cached, written)}"
    rate = (written - 1) / (now - first)
    return f"{told} · {figures(say, read, cached, written, first - began, rate)}"
