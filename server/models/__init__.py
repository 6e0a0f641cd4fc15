"""Models that arrive: a catalogue, a cache, and downloads that end with verified files."""

from server.models.catalogue import CatalogueEntry, Role
from server.models.reference import ModelFile, resolve

__all__ = ["CatalogueEntry", "ModelFile", "Role", "resolve"]
