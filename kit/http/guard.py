"""Who may use a server: what its keys, its web pages and its names let in."""

from collections.abc import Callable, Sequence

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from kit.http.body_limit import BodyLimit
from kit.http.head_limit import HeadLimit
from kit.http.keys import ApiKeys
from kit.http.web_pages import THIS_MACHINE, AllowedHosts, Origins


def add_guard(
    app: FastAPI,
    *,
    bytes_at_most: int,
    api_keys: Sequence[str],
    key_setting: str,
    cors_origins: Sequence[str],
    allowed_hosts: Sequence[str],
    exposed_headers: Sequence[str] = (),
    is_open: Callable[[str], bool] = lambda path: path == "/health",
) -> None:
    """Put the guard around what the app has so far; without keys, anybody on this machine may ask.

    `is_open` tells which paths need no key, `key_setting` names the variable that holds the keys.
    """
    # From the inside out.
    app.add_middleware(BodyLimit, bytes_at_most=bytes_at_most)
    if api_keys:
        app.add_middleware(ApiKeys, keys=api_keys, setting=key_setting, is_open=is_open)
    if cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=cors_origins,
            allow_origin_regex=THIS_MACHINE.pattern if "localhost" in cors_origins else None,
            allow_private_network=True,
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=exposed_headers,
        )
    app.add_middleware(Origins, allowed=cors_origins)
    if not api_keys:  # a page that rebinds a name does not know a key
        app.add_middleware(AllowedHosts, names=allowed_hosts)
    app.add_middleware(HeadLimit)
