"""A sample served as a page, by the lines that it runs in the terminal with."""

import re
import runpy
import secrets
import socket
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import segno
import uvicorn
from starlette.routing import Router
from starlette.types import ASGIApp

from agents.runtime.program import front
from agents.runtime.screen import console, note
from agents.runtime.steps import Agent
from kit.api_problems import api_problems
from kit.endpoint import require_server
from kit.env import load_env
from kit.http.body_limit import BodyLimit
from kit.http.connections import Connection
from kit.http.listen import address, bind, card_addresses, in_url
from kit.http.web_pages import AllowedHosts, Origins
from kit.page.mount import Build, Page

ADDRESS = "AGENTS_WEB_ADDR"
MAX_UPLOAD_BYTES = 32 * 1024 * 1024
# What an agent has that reads files of the person, or writes them.
FILES = re.compile(r"\b(read_file|write_file|rag\.loaders)\b")
EXAMPLE = re.compile(r'python -m agents\.\w+ "(.+?)"')


@dataclass(frozen=True)
class Served:
    """An agent to show. `start` takes each of `options` by name and begins a conversation."""

    name: str
    start: Callable[..., Agent]
    options: dict[str, str]
    summary: tuple[str, str]
    example: str
    has_files: bool
    key: str


def serve(name: str, path: Path, summary: tuple[str, str], *, share_lan: bool, public: bool) -> None:
    """Run agents/NAME.py with a page in the place of the terminal, until Ctrl-C."""
    load_env()
    host, port = address(ADDRESS, "localhost:8091")
    if share_lan or public:
        host = "0.0.0.0"
    key = secrets.token_urlsafe(9) if share_lan else ""
    source = path.read_text(encoding="utf-8")

    def show(start: Callable[..., Agent], usage: str | None, options: dict[str, str]) -> None:
        example = EXAMPLE.search(usage or "")
        served = Served(
            name=name.replace("_", " "),
            start=start,
            options=options,
            summary=summary,
            example=example[1] if example else "",
            has_files=bool(FILES.search(source)),
            key=key,
        )
        sockets = bind(host, port, ADDRESS)
        with api_problems():
            require_server()
        for sock in sockets:
            sock.listen()
        _announce(host, port, key)
        config = uvicorn.Config(
            application(served, public),
            http=Connection,
            lifespan="off",
            log_config=None,
            timeout_graceful_shutdown=1,
        )
        uvicorn.Server(config).run(sockets)

    front.set(show)
    runpy.run_module(f"agents.{name}", run_name="__main__")


def application(served: Served, public: bool) -> ASGIApp:
    """The page, guarded as the server is. A public one is shown under names, and inside pages, that nobody knows."""

    def load() -> Build:
        from agents.runtime.web.page import build

        return partial(build, served)

    # What stands before a container may show it under one name and ask it by another.
    everybody = ["*"] if public else []
    page = Page(Router(), load, served.name, framed_by=everybody)
    guarded = Origins(BodyLimit(page, MAX_UPLOAD_BYTES), everybody)
    return guarded if public or served.key else AllowedHosts(guarded)


def _announce(host: str, port: int, key: str) -> None:
    if not key:
        console.print(f"[bold green]http://{in_url('localhost' if host == '0.0.0.0' else host)}:{port}[/]")
        note("Ctrl-C here stops it.", "在此按 Ctrl-C 停止。")
        return
    urls = [f"http://{in_url(card)}:{port}/?key={key}" for card in card_addresses(socket.AF_INET)]
    for url in urls:
        console.print(f"[bold green]{url}[/]")
        segno.make(url, error="l").terminal(compact=True)
    if urls:
        note(
            "Whoever has this address may use the agent, its files and its tools.",
            "拥有此地址的人都可以使用该智能体及其文件和工具。",
        )
    else:
        note("This machine is in no network.", "本机未连接任何网络。")
