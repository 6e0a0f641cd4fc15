"""What `python -m server` says when it is ready."""

import os
import socket
import threading

import psutil
from rich.console import Console

from kit.http.listen import card_addresses, in_url
from kit.proxy import LOOPBACK
from server.api.served import CHAT_ID, EMBEDDING_ID, RERANK_ID, Served
from server.engine.library.load import origin
from server.models.better import at_hand, better_than
from server.settings import Settings

# Addresses that mean every one of this machine's, and that nobody can type.
EVERYWHERE = ("0.0.0.0", "::")


def announce(settings: Settings, served: Served) -> None:
    """Say what is served, and a line to try."""
    engine, embedder = served.chat.engine, served.embedding
    everywhere = settings.host in EVERYWHERE
    here = f"http://{in_url('localhost' if everywhere else settings.host)}:{settings.port}"
    url = f"{here}/v1"
    kv = engine.model.footprint.context(engine.n_ctx)
    console = Console(highlight=False, soft_wrap=True)
    console.print(
        f"\n[bold green]{here}[/]  the page 网页 · [bold green]{url}[/]  the API 接口 · {here}/docs"
    )
    console.print(
        f"  [bold]{CHAT_ID}[/]       {engine.model.path.name} · {engine.n_ctx:,} tokens of context 上下文 · "
        f"{_gigabytes(engine.model.size)} + {_gigabytes(kv)} KV cache"
    )
    console.print(
        f"  [bold]{EMBEDDING_ID}[/]  {embedder.model.path.name} · {embedder.model.n_embd} dimensions 维 · "
        f"{embedder.window} tokens a window 每窗 · {_gigabytes(embedder.model.size)}"
    )
    if reranker := served.reranker:
        console.print(
            f"  [bold]{RERANK_ID}[/]     {reranker.model.path.name} · {reranker.window} tokens a window 每窗 · "
            f"{_gigabytes(reranker.model.size)}"
        )
    console.print(
        f"  {engine.n_threads} threads 线程 · up to 最多 {_gigabytes(engine.cache.swap.limit)} for idle prefixes "
        f"用于空闲前缀 · memory in use 占用内存 {_gigabytes(psutil.Process().memory_info().rss)}"
        f" · llama.cpp: {origin()}"
    )
    console.print("Try it in another terminal; Ctrl-C here stops. 在另一个终端试一试；在此按 Ctrl-C 停止:")
    console.print(f"  {_line_to_try(url, _key(settings, console))}\n", markup=False)
    if settings.host not in LOOPBACK:
        _announce_to_network(settings, console, others_urls(settings) if everywhere else [url])


def announce_better(model_id: str, served: Served) -> threading.Thread:
    """Say which better model is one command away, as soon as a hub answers. Nobody waits for that."""
    engine = served.chat.engine
    given_back = engine.model.size + engine.model.footprint.context(engine.n_ctx)
    entry = better_than(model_id, psutil.virtual_memory().available + given_back)

    def ask() -> None:
        if entry and at_hand(entry):
            Console(highlight=False, soft_wrap=True).print(
                f"A better model fits this machine 本机可用更好的模型: {entry.name}, {_gigabytes(entry.size)}: "
                f"[bold]python -m server models get {entry.id}[/]"
            )

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    return asking


def _announce_to_network(settings: Settings, console: Console, urls: list[str]) -> None:
    console.print(
        "From other machines 其他机器请用: " + (" · ".join(urls) or "no network 没有网络"), markup=False
    )
    if settings.access.api_keys:
        console.print("  They need a key of MOLY_API_KEY. 需要 MOLY_API_KEY 中的密钥。\n")
    else:
        console.print(
            "[yellow]  Open to all who reach this address. MOLY_API_KEY=… in .env demands a key.\n"
            "  对所有人开放：能访问该地址的人都可以使用。可在 .env 中设置 MOLY_API_KEY=… 要求密钥。[/]\n"
        )


def others_urls(settings: Settings) -> list[str]:
    """What others can type for a server that listens on every address."""
    family = socket.AF_INET if settings.host == "0.0.0.0" else socket.AF_INET6
    return [f"http://{in_url(address)}:{settings.port}/v1" for address in card_addresses(family)]


def _key(settings: Settings, console: Console) -> str | None:
    """The key itself on the owner's screen; a variable's name where the output may be a log that others read."""
    if not settings.access.api_keys:
        return None
    if console.is_terminal:
        return settings.access.api_keys[0]
    return "$env:MOLY_API_KEY" if os.name == "nt" else "$MOLY_API_KEY"


def _line_to_try(url: str, key: str | None) -> str:
    body = '{"messages":[{"role":"user","content":"Hello! 你好！"}]}'
    if os.name == "nt":
        # Windows PowerShell would send the body as Latin-1.
        kind = "-ContentType 'application/json; charset=utf-8'"
        allowed = f' -Headers @{{Authorization="Bearer {key}"}}' if key else ""
        return f"irm {url}/chat/completions -Method Post{allowed} {kind} -Body '{body}' | ConvertTo-Json -Depth 9"
    allowed = f' -H "Authorization: Bearer {key}"' if key else ""
    return f"curl {url}/chat/completions{allowed} -d '{body}'"


def _gigabytes(n: int) -> str:
    return f"{n / 1e9:.2f} GB"
