"""Several answers at once."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from server.chat.answer import Answer
from server.chat.deltas import Delta


async def merge(answers: Sequence[Answer]) -> AsyncIterator[tuple[int, Delta | None]]:
    """The deltas of all answers as they come, each with its answer's number; None ends an answer."""
    queue: asyncio.Queue[tuple[int, Delta | Exception | None]] = asyncio.Queue()

    async def read(index: int, answer: Answer) -> None:
        try:
            async for delta in answer:
                queue.put_nowait((index, delta))
            queue.put_nowait((index, None))
        except Exception as error:
            queue.put_nowait((index, error))

    readers = [asyncio.create_task(read(index, answer)) for index, answer in enumerate(answers)]
    try:
        left = len(readers)
        while left:
            index, item = await queue.get()
            if isinstance(item, Exception):
                raise item
            left -= item is None
            yield index, item
    finally:
        for reader in readers:
            reader.cancel()
        # A reader gives its place in the engine back as it ends.
        await asyncio.gather(*readers, return_exceptions=True)
