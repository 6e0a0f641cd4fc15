"""What is told of a model: its marks, and a line of facts."""

from typing import Any

from kit.page.say import Say

ROLES = {"chat": ("chat", "聊天"), "embedding": ("embedding", "嵌入"), "rerank": ("reranker", "重排序")}


def marks(card: dict[str, Any], say: Say) -> list[str]:
    known = (
        (card["loaded"], say("loaded", "已加载")),
        (card["recommended"], say("recommended", "推荐")),
        (card["on_disk"], say("on the disk", "已下载")),
        (not card["fits"], say("too large for this machine now", "超出本机当前可用内存")),
    )
    return [words for holds, words in known if holds]


def in_one_line(card: dict[str, Any], say: Say) -> str:
    """A file of a hub that the catalogue does not have knows neither role nor licence."""
    role = say(*ROLES[card["role"]]) if card["role"] else ""
    sizes = gigabytes(card["size"]), f"RAM {gigabytes(card['ram_bytes'])}"
    told = card["id"], role, *sizes, card.get("licence"), ", ".join(card.get("languages", []))
    return " · ".join(filter(None, told))


def gigabytes(count: int) -> str:
    return f"{count / 1e9:.2f} GB"
