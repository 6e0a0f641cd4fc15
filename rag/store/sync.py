"""The document store after the vectors: where it was lost, or where others share the Chroma server."""

from uuid import uuid4

from rag.store.documents import DocumentStore
from rag.store.records import Version
from rag.store.vectors import VectorStore

REVISION = "revision"


def announce(vectors: VectorStore, documents: DocumentStore, shared: bool) -> None:
    """Let others that share the vectors see that they changed, and take over what others changed meanwhile.

    In this order: whoever stores a document after it was looked for here gives the vectors another revision.
    """
    revision = uuid4().hex
    vectors.set_metadata(vectors.metadata | {REVISION: revision})
    if shared:
        _take_over(vectors, documents)
    documents.revision = revision


def follow(vectors: VectorStore, documents: DocumentStore) -> None:
    """Bring the documents up to the stored vectors, if those changed behind its back."""
    revision = vectors.metadata.get(REVISION)
    if revision == documents.revision:
        return
    if revision is None:
        documents.reset()  # The vectors are gone.
        return
    _take_over(vectors, documents)
    documents.revision = revision


def _take_over(vectors: VectorStore, documents: DocumentStore) -> None:
    # First of all: what another thread puts in from here on is neither among them nor gone.
    known, live = list(documents.live_sources()), set(documents.live_versions())
    newest: dict[str, tuple[float, Version]] = {}
    for version, stored in vectors.versions():
        if stored <= newest.get(version.source, (0.0, version))[0]:
            continue
        if version.name in live or len(vectors.positions(version.name)) == version.chunks:
            newest[version.source] = stored, version
    for _, version in newest.values():
        if version.name not in live:
            documents.begin(version)
            documents.publish(version, vectors.chunks(version.name))
    documents.retire([source for source in known if source not in newest])
