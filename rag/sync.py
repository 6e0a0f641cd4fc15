"""The ledger after the vectors: for a folder that lost its ledger, or one that shares a Chroma server with others."""

from uuid import uuid4

from rag.ledger import Ledger, Version
from rag.vectors import VectorStore

REVISION = "revision"


def announce(vectors: VectorStore, ledger: Ledger) -> None:
    """Let others that share the vectors see that they changed."""
    revision = uuid4().hex
    vectors.set_metadata(vectors.metadata | {REVISION: revision})
    ledger.revision = revision


def follow(vectors: VectorStore, ledger: Ledger) -> None:
    """Bring the ledger up to what is stored, if that changed behind its back."""
    revision = vectors.metadata.get(REVISION)
    if revision == ledger.revision:
        return
    if revision is None:
        ledger.reset()  # The vectors are gone.
        return
    newest: dict[str, tuple[float, Version]] = {}
    for version, stored in vectors.versions():
        complete = len(vectors.positions(version.name)) == version.chunks
        if complete and stored > newest.get(version.source, (0.0, version))[0]:
            newest[version.source] = stored, version
    live = set(ledger.live_versions())
    for _, version in newest.values():
        if version.name not in live:
            ledger.begin(version)
            ledger.publish(version, vectors.chunks(version.name))
    ledger.retire([source for source in ledger.live_sources() if source not in newest])
    ledger.revision = revision
