from pathlib import Path

from fakes.progress import Counter

from rag import Index
from rag.ingest import ingest
from rag.langchain_retriever import IndexRetriever


def test_langchain_gets_documents_that_say_where_they_stand(index: Index, folder: Path) -> None:
    ingest(index, [folder], Counter())
    document = IndexRetriever(index=index, top_k=2).invoke("What is the first prize?")[0]

    assert "telescope" in document.page_content
    assert document.metadata["source"] == "docs/prizes.md"
    assert document.metadata["citation"] == "docs/prizes.md · Prizes"
