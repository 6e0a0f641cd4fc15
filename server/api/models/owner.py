"""Who may change what the server runs."""

import ipaddress
from typing import Any

from fastapi import Depends, Request

from server.api.errors import ApiError
from server.api.switch import Switch


def require_owner(request: Request) -> None:
    """Refuse what comes over the network without a key: whoever may ask a model may not yet exchange it, or have
    files of this machine opened."""
    if request.app.state.demands_key or _from_here(request):
        return
    raise ApiError(
        403,
        "Models are changed from this machine, or with a key. Set MOLY_API_KEY in the server's .env and send it.",
        code="owner_only",
    )


def _from_here(request: Request) -> bool:
    if request.client is None:  # a Unix socket
        return True
    try:
        address = ipaddress.ip_address(request.client.host)
    except ValueError:
        return False
    return (getattr(address, "ipv4_mapped", None) or address).is_loopback


def switch(request: Request) -> Switch:
    """What changes the models."""
    found: Switch | None = request.app.state.switch
    if found is None:
        raise ApiError(501, "The models of this server cannot be changed while it runs.")
    return found


OWNER: Any = Depends(require_owner)
