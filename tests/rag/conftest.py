from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.embeddings import FakeEmbeddings

from rag import Index


@pytest.fixture
def embeddings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeEmbeddings]:
    """An embedding endpoint whose vectors count words, an index of its own, and a working folder to fill."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CHROMA_PATH", str(tmp_path / "index"))
    for name in ("CHROMA_URL", "EMBEDDING_QUERY_PREFIX", "EMBEDDING_PASSAGE_PREFIX", "EMBEDDING_MODEL_NAME"):
        monkeypatch.delenv(name, raising=False)
    with FakeEmbeddings() as endpoint:
        monkeypatch.setenv("EMBEDDING_MODEL_BASE_URL", endpoint.base_url)
        yield endpoint


@pytest.fixture
def index(embeddings: FakeEmbeddings) -> Iterator[Index]:
    with Index.open() as index:
        yield index


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three documents in two languages."""
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "meals.md").write_text(
        "# Meals\n\n## Lunch\n\nLunch is served at noon in the courtyard.\n\n## Dinner\n\nDinner starts at seven.\n",
        encoding="utf-8",
    )
    (folder / "prizes.md").write_text(
        "---\nlang: en\n---\n# Prizes\n\nThe first prize is a telescope. The second prize is a kettle.\n",
        encoding="utf-8",
    )
    (folder / "网络.md").write_text(
        "# 网络\n\n无线网络的密码写在胸牌背面。现场没有有线网络。\n", encoding="utf-8"
    )
    return folder
