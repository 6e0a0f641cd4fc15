"""What of a request's schemas nothing holds the answer to."""

from urllib.parse import quote

from server.chat.plan import Plan

HEADER = "X-Unenforced"
MAX_CHARACTERS = 1024  # proxies cut long headers


def unenforced(plan: Plan) -> dict[str, str]:
    """A header that names the keywords, each by the way to it; none if everything is held."""
    names = ", ".join(quote(keyword, safe=".$-_") for keyword in plan.unheld)
    return (
        {HEADER: names if len(names) <= MAX_CHARACTERS else f"{names[: MAX_CHARACTERS - 3]}..."}
        if names
        else {}
    )
