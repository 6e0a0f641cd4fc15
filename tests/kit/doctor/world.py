"""A sound set-up, and what can be done to it."""

import os
import shutil
import socket
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from fakes.limited import LimitedEndpoint
from filelock import FileLock

from kit.api_problems import Role
from kit.doctor.checks import hubs, library, network, python, server
from kit.doctor.finding import Finding
from kit.doctor.setup import ROOT, Setup, place

Check = Callable[[Setup], Iterator[Finding]]
real_version = python.version


class World:
    """A folder with a sound `.env`, and an environment without traces of this machine's own."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, stack: ExitStack) -> None:
        self.folder, self.patch, self._stack = folder, patch, stack
        for name in list(os.environ):
            if name.lower().endswith("_proxy") or name.startswith(
                ("CHAT_", "EMBEDDING_", "RERANK_", "MOLY_", "OPENAI_", "CHROMA_")
            ):
                patch.delenv(name, raising=False)
        # A machine that runs other tests too starts pip, or loads llama.cpp, in its own time.
        for module, limit in (
            (library, "LOAD_SECONDS"),
            (network, "INDEX_SECONDS"),
            (hubs, "HUB_SECONDS"),
        ):
            patch.setattr(module, limit, 60)
        patch.chdir(folder)
        self.env((ROOT / ".env.example").read_text(encoding="utf-8"))

    def env(self, text: str, encoding: str = "utf-8") -> None:
        (self.folder / ".env").write_text(text, encoding=encoding)

    def change(self, old: str, new: str) -> None:
        text = (self.folder / ".env").read_text(encoding="utf-8")
        assert old in text
        self.env(text.replace(old, new, 1))

    def set(self, name: str, value: str) -> None:
        self.patch.setenv(name, value)

    def unset(self, name: str) -> None:
        self.patch.delenv(name, raising=False)

    def serve(self, *lacks: str, **more: object) -> LimitedEndpoint:
        """Both addresses of `.env` lead to this endpoint."""
        endpoint = self._stack.enter_context(LimitedEndpoint(*lacks, **more))  # type: ignore[arg-type]
        for role in ("CHAT", "EMBEDDING"):
            self.set(f"{role}_MODEL_BASE_URL", endpoint.base_url)
        return endpoint

    def listen(self) -> int:
        """A port that a program has which is no model server."""
        busy = self._stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        return int(busy.getsockname()[1])

    def hold(self, lock: FileLock) -> None:
        self._stack.enter_context(lock)

    def restore(self) -> None:
        """Undo every replacement of this machine's parts, as a person would who buys, moves or updates them."""
        self.patch.undo()
        self._stack.close()
        self.patch.chdir(self.folder)


def answers(role: Role = "CHAT") -> Check:
    return lambda setup: server.reachable(server.Api(place(role), role))


def asks(probe: server.Probe, role: Role = "CHAT") -> Check:
    return lambda setup: server.live(probe, server.Api(place(role), role))


def restored(world: World) -> None:
    world.restore()


def sound_server(world: World) -> None:
    world.serve()


def in_another_folder(world: World) -> None:
    other = world.folder / "elsewhere" / "agents"
    other.mkdir(parents=True)
    (other / "__init__.py").write_text("", encoding="utf-8")
    world.patch.syspath_prepend(other.parent)
    world.patch.delitem(sys.modules, "agents", raising=False)


def little_memory(world: World) -> None:
    world.patch.setattr(
        psutil, "virtual_memory", lambda: SimpleNamespace(available=int(0.7e9), total=int(4e9))
    )
    # A server that runs already, as on the machine of whoever runs these tests, needs no memory any more.
    world.patch.setattr("kit.doctor.checks.machine._runs", lambda: False)


def little_disk(free: int) -> Callable[[World], object]:
    return lambda world: world.patch.setattr(shutil, "disk_usage", lambda path: SimpleNamespace(free=free))


def other_library(world: World) -> None:
    (world.folder / "libs").mkdir()
    world.set("LLAMA_CPP_LIB_PATH", str(world.folder / "libs"))


def idle_instructions(world: World) -> None:
    world.patch.setattr("server.engine.library.load.compiled", lambda: None)
    world.patch.setattr("server.engine.library.processor.idle_features", lambda: ["avx512_vnni"])


def compile_library(world: World) -> None:
    world.patch.setattr("server.engine.library.load.compiled", lambda: "compiled")


def truncated_model(world: World) -> None:
    world.set("MODELS_DIR", str(world.folder / "models"))
    (world.folder / "models").mkdir()
    (world.folder / "models" / "SmolLM2-135M-Instruct.Q4_1.gguf").write_bytes(b"GGUF")
    world.change("CHAT_MODEL=qwen2.5-coder-1.5b", "CHAT_MODEL=smollm2-135m")


def delete_model(world: World) -> None:
    (world.folder / "models" / "SmolLM2-135M-Instruct.Q4_1.gguf").unlink()


def locked_index(world: World) -> None:
    folder = world.folder / ".chroma"
    folder.mkdir()
    (folder / "documents.sqlite3").touch()
    world.hold(FileLock(folder / "lock"))


def damaged_index(world: World) -> None:
    folder = world.folder / ".chroma"
    folder.mkdir()
    (folder / "documents.sqlite3").write_bytes(b"this is no database" * 100)


def rename_index(world: World) -> None:
    (world.folder / ".chroma").rename(world.folder / ".chroma-old")


def committed(world: World) -> None:
    for command in (["git", "init", "-q"], ["git", "add", ".env"]):
        subprocess.run(command, cwd=world.folder, check=True, capture_output=True)


def uncommit(world: World) -> None:
    subprocess.run(["git", "rm", "-q", "--cached", ".env"], cwd=world.folder, check=True, capture_output=True)


def wrong_clock(world: World) -> None:
    late = format_datetime(datetime.now(UTC) - timedelta(hours=8), usegmt=True)
    endpoint = world.serve(date=late)
    world.set("HF_ENDPOINT", endpoint.base_url)
    world.set("MODELSCOPE_DOMAIN", endpoint.base_url)


def right_clock(world: World) -> None:
    world.set("HF_ENDPOINT", world.serve().base_url)


def dead_hubs(world: World) -> None:
    world.set("HF_ENDPOINT", "http://127.0.0.1:9")
    world.set("MODELSCOPE_DOMAIN", "http://127.0.0.1:9")


def mistyped_hub(world: World) -> None:
    live_hubs(world)
    world.set("HF_ENDPOINT", "https://hf-mirror.com:abc")


def live_hubs(world: World) -> None:
    endpoint = world.serve()
    world.set("HF_ENDPOINT", endpoint.base_url)
    world.set("MODELSCOPE_DOMAIN", endpoint.base_url)


def taken_port(world: World) -> None:
    world.set("MOLY_API_SERVER_ADDR", f"localhost:{world.listen()}")


def no_index_of_packages(world: World) -> None:
    world.set("PIP_CONFIG_FILE", os.devnull)
    world.unset("PIP_FIND_LINKS")
    world.set("PIP_INDEX_URL", "http://127.0.0.1:9/simple")


def mirror_of_packages(world: World) -> None:
    page = world.folder / "simple" / "pip"
    page.mkdir(parents=True)
    wheel = "pip-99-py3-none-any.whl"
    (page / "index.html").write_text(f'<a href="{wheel}">{wheel}</a>', encoding="utf-8")
    with zipfile.ZipFile(page / wheel, "w") as archive:
        archive.writestr("pip-99.dist-info/METADATA", "Metadata-Version: 2.1\nName: pip\nVersion: 99\n")
        archive.writestr("pip-99.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
    world.set("PIP_INDEX_URL", (world.folder / "simple").as_uri())


def served(*lacks: str, **more: object) -> Callable[[World], object]:
    return lambda world: world.serve(*lacks, **more)


def wants(old: str, new: str) -> Callable[[World], object]:
    return lambda world: world.change(old, new)


def setenv(name: str, value: str) -> Callable[[World], object]:
    return lambda world: world.set(name, value)


def unsetenv(name: str) -> Callable[[World], object]:
    return lambda world: world.unset(name)


def hide_package(world: World, hidden: str) -> None:
    def version(name: str) -> str:
        if name == hidden:
            raise python.PackageNotFoundError(name)
        return real_version(name)

    world.patch.setattr(python, "version", version)
