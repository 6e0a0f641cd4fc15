"""Words: whole, in pieces, counted, and cut off where asked."""

from collections.abc import Iterator

from kit.doctor.finding import Finding, error, note, ok, warning
from kit.doctor.probes.api import Api, Refused

QUESTION = "Write the numbers from 1 to 9, separated by spaces."


def answer(api: Api) -> Iterator[Finding]:
    choice = api.chat("Say hello in one short sentence.", max_tokens=24)
    text = (choice.get("message") or {}).get("content")
    if not text:
        yield error(
            "can.chat",
            f"{api.place.model} answers without a word ({str(choice)[:120]}). If it thinks first, raise max_tokens;"
            " if not, choose another CHAT_MODEL_NAME.",
            f"{api.place.model} 的回答是空的（{str(choice)[:120]}）。如果它会先思考，请调大 max_tokens，"
            "否则请换一个 CHAT_MODEL_NAME。",
        )
        return
    said = " ".join(text.split())[:60]
    yield ok("can.chat", f"chat: {said}", f"对话：{said}")
    usage = choice["usage"] or {}
    if usage.get("prompt_tokens") and usage.get("completion_tokens"):
        count = f"{usage['prompt_tokens']} + {usage['completion_tokens']}"
        yield ok("can.usage", f"usage: {count} tokens", f"用量：{count} 个 token")
    else:
        yield warning(
            "can.usage",
            "usage is not told: count tokens on your side, or do without costs in traces.",
            "不返回 token 用量（usage）：跟踪记录里将没有用量，如需统计请自行计数。",
        )


def without_model(api: Api) -> Iterator[Finding]:
    """The handout's contract: a request without `model` is answered."""
    try:
        api.post("/chat/completions", {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 1})
    except Refused as refused:
        yield note(
            "can.no_model",
            f"a request without `model` is refused ({refused}). Send CHAT_MODEL_NAME with every request.",
            f"不带 `model` 的请求会被拒绝（{refused}）。请在每个请求中带上 CHAT_MODEL_NAME。",
        )
    else:
        yield ok("can.no_model", "requests without `model`", "可以不带 `model`")


def length(api: Api) -> Iterator[Finding]:
    choice = api.chat(QUESTION, max_tokens=3)
    if choice.get("finish_reason") == "length":
        yield ok("can.max_tokens", "max_tokens holds, and is told", "max_tokens 有效")
    else:
        yield warning(
            "can.max_tokens",
            f"after max_tokens=3 finish_reason is {choice.get('finish_reason')!r}, not 'length': a"
            " cut answer cannot be"
            " told from a whole one. Ask for short answers in the prompt.",
            f"max_tokens=3 之后 finish_reason 是 {choice.get('finish_reason')!r} 而不是 'length'，"
            "无法判断回答是否被截断。"
            "请在提示词中要求简短回答。",
        )


def stream(api: Api) -> Iterator[Finding]:
    chunks = list(api.stream(QUESTION, stream_options={"include_usage": True}))
    choices = [choice for chunk in chunks for choice in chunk.get("choices") or []]
    pieces = [text for choice in choices if (text := (choice.get("delta") or {}).get("content"))]
    if len(pieces) > 1:
        yield ok("can.stream", f"stream: {len(pieces)} deltas", f"流式输出：{len(pieces)} 段")
    else:
        yield warning(
            "can.stream",
            f"a streamed answer comes in {len(pieces)} piece(s): people wait for the whole. A proxy that buffers does"
            " this too; go around it with NO_PROXY.",
            f"流式回答只有 {len(pieces)} 段，用户要等到全部生成完。带缓冲的代理也会这样，可用 NO_PROXY 绕过。",
        )
    if not any(choice.get("finish_reason") for choice in choices):
        yield warning(
            "can.stream_end",
            "a stream ends without finish_reason: a broken connection looks like an end. Use"
            " requests without stream.",
            "流式回答没有 finish_reason，连接中断与正常结束无法区分。请改用非流式请求。",
        )
    if not any((chunk.get("usage") or {}).get("completion_tokens") for chunk in chunks):
        yield note(
            "can.stream_usage",
            "usage of streams is not told, though stream_options asks for it: traces show no tokens.",
            "流式回答不返回用量（stream_options 无效）：跟踪记录中没有 token 数。",
        )
