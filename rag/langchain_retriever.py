"""The index as a LangChain retriever, for chains and agents made with LangChain."""

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from rag.index import Index
from rag.passage import TOP_K


class IndexRetriever(BaseRetriever):
    """`IndexRetriever(index=index).invoke(question)` gives documents, best first, that say where they stand."""

    index: Index
    top_k: int = TOP_K
    source: str | None = None

    model_config = ConfigDict(arbitrary_types_allowed=True)

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        return [
            Document(
                page_content=passage.text,
                metadata={
                    "source": passage.source,
                    "title": passage.title,
                    "heading": passage.heading,
                    "page": passage.page,
                    "start": passage.start,
                    "end": passage.end,
                    "citation": passage.citation,
                },
            )
            for passage in self.index.search(query, self.top_k, self.source)
        ]
