"""What `python -m server` says when it is ready."""

import os

import psutil
from rich.console import Console

from kit.env import LOOPBACK
from server.api.served import CHAT_ID, EMBEDDING_ID, Served
from server.settings import Settings


def announce(settings: Settings, served: Served) -> None:
    """Say what is served, and a line to try."""
    engine, embedder = served.chat.engine, served.embedding
    url = f"http://{settings.host}:{settings.port}/v1"
    kv = engine.n_ctx * engine.model.kv_bytes_per_token()
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"\n[bold green]{url}[/]  (docs 接口文档: http://{settings.host}:{settings.port}/docs)")
    console.print(
        f"  [bold]{CHAT_ID}[/]       {engine.model.path.name} · {engine.n_ctx:,} tokens of context 上下文 · "
        f"{_gigabytes(engine.model.size)} + {_gigabytes(kv)} KV cache"
    )
    console.print(
        f"  [bold]{EMBEDDING_ID}[/]  {embedder.model.path.name} · {embedder.model.n_embd} dimensions 维 · "
        f"{embedder.window} tokens a window 每窗 · {_gigabytes(embedder.model.size)}"
    )
    console.print(
        f"  {engine.n_threads} threads 线程 · up to 最多 {_gigabytes(engine.cache.parking_bytes)} for idle prefixes "
        f"用于空闲前缀 · memory in use 占用内存 {_gigabytes(psutil.Process().memory_info().rss)}"
    )
    body = '{"messages":[{"role":"user","content":"Hello! 你好！"}]}'
    if os.name == "nt":
        # Windows PowerShell would send the body as Latin-1.
        kind = "-ContentType 'application/json; charset=utf-8'"
        line = f"irm {url}/chat/completions -Method Post {kind} -Body '{body}' | ConvertTo-Json -Depth 9"
    else:
        line = f"curl {url}/chat/completions -d '{body}'"
    console.print("Try it in another terminal; Ctrl-C here stops. 在另一个终端试一试；在此按 Ctrl-C 停止:")
    console.print(f"  {line}\n", markup=False)
    if settings.host not in LOOPBACK:
        console.print(f"[yellow]{settings.host} can be reached from the network. 该地址可从网络访问。[/]\n")


def _gigabytes(n: int) -> str:
    return f"{n / 1e9:.2f} GB"
