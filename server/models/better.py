"""A better chat model than the one that is served, if this machine has the memory and a hub has the file."""

from server.models import catalogue
from server.models.catalogue import CatalogueEntry

ANSWER_SECONDS = 1.0
# Whoever decodes reads all weights for each token: a file of twice the size halves the speed.
LARGEST = 2


def better_than(model_id: str, memory: int) -> CatalogueEntry | None:
    """The best one that takes no more than so many bytes, and is at least half as fast.

    None for a model that the catalogue does not know.
    """
    chat = [entry for entry in catalogue.entries() if entry.role == "chat"]
    ids = [entry.id for entry in chat]
    if model_id not in ids:
        return None
    present, *later = chat[ids.index(model_id) :]
    fitting = [e for e in later if e.ram_bytes <= memory and e.size <= LARGEST * present.size]
    return fitting[-1] if fitting else None


def at_hand(entry: CatalogueEntry) -> bool:
    """Whether a hub says within a second that it has the file."""
    from server.models.sources import hub  # its clients take half a second to import

    answers = hub.ask_all(entry.hubs, ANSWER_SECONDS)
    return any(isinstance(answer, hub.Offer) and answer.sha256 == entry.sha256 for _, answer in answers)
