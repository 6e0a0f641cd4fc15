"""Models into memory and out of it, on the compute thread."""

import gc
import time
import weakref

from kit.problem import Problem
from server.chat.chat_model import ChatModel
from server.cores import default_threads
from server.engine.encoders.embedder import Embedder
from server.engine.encoders.reranker import Reranker
from server.engine.engine import Engine
from server.engine.llama.model import Model
from server.engine.llama.trial import try_out
from server.engine.sampling import SamplingParams
from server.engine.worker import Worker
from server.machine import context_length, require_room, swap_bytes
from server.models import ModelFile, Role
from server.settings import Settings
from server.status import status

# Requests that were told end within moments, and a vocabulary that is being read for grammars is read to its end. Who
# holds on longer keeps the weights, and the next model may not fit.
FREE_SECONDS = 10.0


class Loader:
    """Loads at most one model a role, which takes its turns on the worker until it is unloaded."""

    def __init__(self, settings: Settings, worker: Worker) -> None:
        self._settings = settings
        self._worker = worker
        self._loaded: dict[Role, Engine | Embedder | Reranker] = {}

    def chat(self, file: ModelFile, *, reserve: int = 0) -> ChatModel:
        """`reserve` bytes are left free for what is loaded next. Raises `Problem`."""
        advised = file.entry.sampling if file.entry else {}
        return ChatModel(self._worker.call(lambda: self._engine(file, reserve)), SamplingParams(**advised))

    def embedding(self, file: ModelFile) -> Embedder:
        """Raises `Problem`."""
        return self._worker.call(lambda: self._embedder(file))

    def rerank(self, file: ModelFile) -> Reranker:
        """Raises `Problem`."""
        return self._worker.call(lambda: self._reranker(file))

    def bytes_held(self, role: Role) -> int:
        """About what unloading gives back: weights and KV cache."""
        match loaded := self._loaded.get(role):
            case Engine():
                return loaded.model.size + loaded.model.footprint.context(loaded.n_ctx)
            case Embedder() | Reranker():
                return loaded.model.size
        return 0

    def idle_seconds(self, role: Role) -> float:
        """How long nobody has used a model; 0 if there is none."""
        loaded = self._loaded.get(role)
        return time.monotonic() - loaded.last_used if loaded else 0.0

    def unload(self, role: Role) -> None:
        """Answers under way end with ModelUnloaded. Returns when the memory is free, or does not come free."""
        if role not in self._loaded:
            return
        weights = weakref.ref(self._loaded[role].model)
        self._worker.call(lambda: self._close(role))
        deadline = time.monotonic() + FREE_SECONDS
        while weights() and time.monotonic() < deadline:
            gc.collect()
            time.sleep(0.02)

    def _engine(self, file: ModelFile, reserve: int) -> Engine:
        room = require_room(file.path.stat().st_size + reserve)
        model = self._read(file)
        n_ctx = context_length(model, room, self._settings.context_length)
        with status("Making room for prompts 正在准备上下文 …"):
            engine = Engine(
                model,
                n_ctx=n_ctx,
                n_threads=self._threads(),
                swap_bytes=swap_bytes(self._settings.prefix_cache_mb),
                wake=self._worker.wake,
                deterministic=self._settings.deterministic,
            )
        self._take_in("chat", engine)
        return engine

    def _embedder(self, file: ModelFile) -> Embedder:
        require_room(file.path.stat().st_size)
        model = self._read(file)
        if not model.pools:
            raise _does_not_pool(file)
        normalization = file.entry.normalize if file.entry else None
        embedder = Embedder(
            model,
            normalization=normalization,
            n_threads=self._threads(),
            wake=self._worker.wake,
            deterministic=self._settings.deterministic,
        )
        self._take_in("embedding", embedder)
        return embedder

    def _reranker(self, file: ModelFile) -> Reranker:
        require_room(file.path.stat().st_size)
        reranker = Reranker(
            self._read(file),
            n_threads=self._threads(),
            wake=self._worker.wake,
            deterministic=self._settings.deterministic,
        )
        self._take_in("rerank", reranker)
        return reranker

    def _read(self, file: ModelFile) -> Model:
        size = f"{file.path.stat().st_size / 1e9:.2f} GB"
        if file.entry is None:
            with status(f"Trying {file.path.name} in another process 正在另一进程中试加载 …"):
                try_out(file.path)
        with status(f"Reading {file.path.name} ({size}) 正在读取模型 …"):
            return Model(file.path, self._settings.gpu_layers)

    def _threads(self) -> int:
        return self._settings.threads or default_threads()

    def _take_in(self, role: Role, stepper: Engine | Embedder | Reranker) -> None:
        self._loaded[role] = stepper
        self._worker.start(*self._loaded.values())

    def _close(self, role: Role) -> None:
        closed = self._loaded.pop(role)
        self._worker.start(*self._loaded.values())
        closed.close()


def _does_not_pool(file: ModelFile) -> Problem:
    return Problem(
        f"EMBEDDING_MODEL={file.path} does not say how its tokens' vectors become one. Choose another file, or an id "
        "from `python -m server models list`.",
        f"EMBEDDING_MODEL={file.path} 没有说明如何把各 token 的向量合为一个。请换一个文件，或填写 "
        "`python -m server models list` 列出的 id。",
    )
