"""LangChain's own integration suites, chat and embeddings: the extra `clients`."""

from typing import Any

import pytest
from langchain_core.embeddings import Embeddings
from langchain_core.language_models import BaseChatModel
from langchain_openai import ChatOpenAI, OpenAIEmbeddings

suites = pytest.importorskip("langchain_tests.integration_tests")

pytestmark = [pytest.mark.real, pytest.mark.filterwarnings("ignore")]


class TestChat(suites.ChatModelIntegrationTests):
    @pytest.fixture(autouse=True)
    def _at(self, base_url: str) -> None:
        type(self).base_url = base_url

    @property
    def chat_model_class(self) -> type[BaseChatModel]:
        return ChatOpenAI

    @property
    def supports_json_mode(self) -> bool:
        return True

    @property
    def chat_model_params(self) -> dict[str, Any]:
        return {
            "base_url": self.base_url,
            "api_key": "any",
            "model": "moly-chat",
            "temperature": 0,
            "max_tokens": 200,
            "stream_usage": True,
        }


class TestEmbeddings(suites.EmbeddingsIntegrationTests):
    @pytest.fixture(autouse=True)
    def _at(self, base_url: str) -> None:
        type(self).base_url = base_url

    @property
    def embeddings_class(self) -> type[Embeddings]:
        return OpenAIEmbeddings

    @property
    def embedding_model_params(self) -> dict[str, Any]:
        return {
            "base_url": self.base_url,
            "api_key": "any",
            "model": "moly-embedding",
            "check_embedding_ctx_length": False,
        }
