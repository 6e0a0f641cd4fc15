"""Several processes that write at once, each with a client of its own of the Chroma server."""

import signal
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from kit.problem import Problem
from rag.files.found import File
from rag.index import Index
from rag.ingest.write import write
from rag.report import Progress, Report, Silent
from rag.settings import Settings
from rag.store.problems import storage_problems

# Enough for some full requests to the embedding model, and little to wait for at the end.
BYTES_IN_SHARE = 100_000
# Names of small files are work too.
FILES_IN_SHARE = 50

_index: Index  # of a worker


def write_at_once(
    index: Index, files: Iterable[File], report: Report, progress: Progress, workers: int
) -> None:
    """As `write` does, by so many processes. A version's name and its chunks' follow from the file: none is doubled,
    whoever else writes it."""
    index.embedder  # noqa: B018  (what the index is made with is noted once, before anybody writes)
    spawn = get_context("spawn")  # a fork would share Chroma's sockets and SQLite's
    with ProcessPoolExecutor(workers, spawn, _begin, (index.settings,)) as pool:
        try:
            shares = {pool.submit(_write, share): share for share in _shares(files)}
            for done in as_completed(shares):
                told = done.result()
                report.add(told)
                progress.step(len(shares[done]), sum(file.size for file in shares[done]), told.chunks)
        except BrokenProcessPool as error:
            raise Problem(
                "a worker process has ended, perhaps for want of memory. What it stored is whole: run the command"
                " again, with fewer --workers.",
                "一个工作进程已退出，可能是内存不足。已存入的内容完好，请减小 --workers 后重新运行该命令。",
            ) from error
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _shares(files: Iterable[File]) -> Iterator[list[File]]:
    share: list[File] = []
    for file in files:
        share.append(file)
        if len(share) == FILES_IN_SHARE or sum(each.size for each in share) >= BYTES_IN_SHARE:
            yield share
            share = []
    if share:
        yield share


def _begin(settings: Settings) -> None:
    global _index
    # Ctrl-C reaches every process of the terminal; the first of them lets the others end what they are at.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _index = Index.open(settings)


def _write(share: list[File]) -> Report:
    report = Report()
    with storage_problems(_index.settings):
        write(_index, share, report, Silent())
    return report
