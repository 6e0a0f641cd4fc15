"""How a request names a model: as `CHAT_MODEL` does in `.env`."""

from pathlib import Path
from typing import Annotated

from pydantic import Field

from server.api.errors import ApiError
from server.models import CatalogueEntry, reference
from server.models.sources.source import HubFile

Reference = Annotated[str, Field(min_length=1, max_length=1024, pattern=r"^[^\x00-\x1f]+$")]


def parsed(model: str) -> CatalogueEntry | HubFile | Path:
    """Raises `Problem`, or ApiError for what no path can be."""
    try:
        return reference.parse(model)
    except OSError as error:
        raise ApiError(400, f"{model[:80]} cannot be a path: {error.strerror}.", param="model") from None
