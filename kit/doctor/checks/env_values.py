"""What the settings say, and whether they agree with each other."""

import os
import re
import unicodedata
from collections.abc import Iterator
from urllib.parse import urlsplit, urlunsplit

from kit.api_problems import Role
from kit.doctor import repair
from kit.doctor.finding import Finding, Fix, error, note, of_problem, warning
from kit.doctor.setup import Setup, host_of, is_here, place, port_of
from kit.endpoint import api_key, base_url
from kit.env import setting
from kit.env_file import FULL_WIDTH
from kit.problem import Problem

ROLES: tuple[Role, ...] = ("CHAT", "EMBEDDING")
PLACEHOLDER = re.compile(r"your[-_ ]?(api[-_ ]?)?key|^sk-x+$|^x{3,}$|<.*>|填|密钥", re.I)
ROUTE = re.compile(r"/(chat/completions|completions|embeddings|models|responses)/?$")


def settings(setup: Setup) -> Iterator[Finding]:
    """Whether the values can be meant, and agree with each other."""
    for role in ROLES:
        yield from _address(setup, role)
        yield from _key(role)
    yield from _server_settings(setup)
    for name in ("OPENAI_BASE_URL", "OPENAI_API_BASE"):
        if value := os.environ.get(name):
            yield note(
                f"env.{name.lower()}",
                f"{name}={value} is set. This kit's agents don't read it, but other code does, before your own"
                f" settings: unset {name}, or pass base_url to the client.",
                f"环境变量 {name}={value} 已设置。本套件不读取它，但其他代码会优先使用它：请取消 {name}，"
                "或在创建客户端时传入 base_url。",
            )


def _address(setup: Setup, role: Role) -> Iterator[Finding]:
    name = f"{role}_MODEL_BASE_URL"
    written = place(role).base_url
    try:
        base_url(name)
    except Problem as problem:
        meant = _meant(written)
        yield of_problem("env.address", problem, _repaired(setup, name, meant) if meant else None)
        return
    parts = urlsplit(written)
    if ROUTE.search(parts.path) or not re.search(r"/v\d", parts.path):
        right = urlunsplit(
            parts._replace(path=ROUTE.sub("", parts.path) if ROUTE.search(parts.path) else "/v1")
        )
        right = right if re.search(r"/v\d", right) else right + "/v1"
        local = is_here(written)
        yield Finding(
            "env.v1",
            "error" if local or ROUTE.search(parts.path) else "warning",
            f"{name}={written} should end in /v1: clients add /chat/completions and so on. Write {right}.",
            f"{name}={written} 应以 /v1 结尾，客户端会自行加上 /chat/completions 等。请写成 {right}。",
            _repaired(setup, name, right) if local else None,
        )
    if not is_here(written):
        return
    address = _half_width(setting("MOLY_API_SERVER_ADDR", "localhost:8080"))
    if parts.scheme == "https" and address.endswith(f":{port_of(written)}"):
        right = written.replace("https://", "http://", 1)
        yield error(
            "env.https",
            f"{name}={written}: the server on this machine speaks http. Write {right}.",
            f"{name}={written}：本机服务器使用 http。请写成 {right}。",
            _repaired(setup, name, right),
        )
    if not address.endswith(f":{port_of(written)}"):
        yield note(
            "env.port",
            f"{name}={written}, but `python -m server` listens on MOLY_API_SERVER_ADDR={address}. If the agents are"
            " to ask that server, write the same port in both.",
            f"{name}={written}，而 `python -m server` 监听 MOLY_API_SERVER_ADDR={address}。"
            "如果智能体要访问这个服务器，请把两处端口写成一样。",
        )


def _meant(written: str) -> str | None:
    """An address with what a keyboard, a browser or a habit adds taken away; None where that is not enough."""
    text = _half_width(written).strip("\"'<>，。,; ")
    if re.fullmatch(r"[\w.-]+:\d+(/v\d)?", text):
        text = f"http://{text}"
    text = text if re.search(r"/v\d", text) else f"{text.rstrip('/')}/v1"
    return text if re.fullmatch(r"https?://[\w.-]+(:\d{1,5})?/\S*", text, re.ASCII) else None


def _key(role: Role) -> Iterator[Finding]:
    name = f"{role}_API_KEY"
    try:
        key = api_key(name)
    except Problem as problem:
        yield of_problem("env.key_characters", problem)
        return
    url = place(role).base_url
    demanded = [key.strip() for key in setting("MOLY_API_KEY").split(",") if key.strip()]
    ours = is_here(url) and setting("MOLY_API_SERVER_ADDR", "localhost:8080").endswith(f":{port_of(url)}")
    if demanded and ours and key not in demanded:
        yield error(
            "env.key",
            f"{name} is none of the keys in MOLY_API_KEY: the server will refuse the agents. Write one of those.",
            f"{name} 不在 MOLY_API_KEY 的密钥之中，服务器会拒绝智能体。请写成其中之一。",
        )
    if (host := host_of(url)) and not is_here(url) and (PLACEHOLDER.search(key) or key == "moly"):
        yield warning(
            "env.placeholder",
            f"{name} looks like a placeholder, and {host} will want a key. Write yours in .env.",
            f"{name} 看起来还是占位内容，而 {host} 需要密钥。请在 .env 中写入您的密钥。",
        )


def _half_width(text: str) -> str:
    """As it would have been written with the keyboard set to English."""
    return unicodedata.normalize("NFKC", text.translate(FULL_WIDTH))


def _server_settings(setup: Setup) -> Iterator[Finding]:
    from server.settings import Settings

    try:
        found = Settings.from_env()
    except Problem as problem:
        address = setting("MOLY_API_SERVER_ADDR")
        meant = _half_width(address)
        yield of_problem(
            "env.server",
            problem,
            _repaired(setup, "MOLY_API_SERVER_ADDR", meant) if meant != address else None,
        )
        return
    if found.host in ("0.0.0.0", "::") and not found.access.api_keys:
        yield warning(
            "env.open",
            f"MOLY_API_SERVER_ADDR={found.host}:{found.port} lets everybody in the network use the server, and"
            " MOLY_API_KEY is empty. Write a key there, or listen on localhost.",
            f"MOLY_API_SERVER_ADDR={found.host}:{found.port} 允许同一网络中的任何人使用服务器，而 MOLY_API_KEY 为空。"
            "请设置密钥，或只监听 localhost。",
        )


def _repaired(setup: Setup, name: str, value: str) -> Fix | None:
    """None where the value does not come from the file."""
    known = setup.env_path and name in setup.env_file.lines
    return repair.set_value(setup.env_path, name, value) if known and setup.env_path else None
