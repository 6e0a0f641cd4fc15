"""Documents into the index: only what changed, and safe to kill at any moment."""

from rag.ingest.run import ingest, remove
from rag.ingest.write import TEXTS_PER_REQUEST

__all__ = ["TEXTS_PER_REQUEST", "ingest", "remove"]
