"""Reading in a thread of its own, a little ahead of whoever works on what is read."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from typing import TypeVar

T = TypeVar("T")
_AHEAD = 8
# How long an ending waits for the thread; one that waits for standard input never comes back.
_PATIENCE = 2.0


async def ahead(items: Callable[[], Iterator[T]]) -> AsyncGenerator[T, None]:
    """Yield what `items()` yields, made in a thread; its exception is raised here. Close it to stop the thread."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[tuple[T | None, BaseException | None]] = asyncio.Queue(_AHEAD)
    stopped = threading.Event()

    def put(item: T | None, error: BaseException | None = None) -> None:
        # RuntimeError: the loop is closed, since everything ends
        with contextlib.suppress(RuntimeError):
            asyncio.run_coroutine_threadsafe(queue.put((item, error)), loop).result()

    def work() -> None:
        try:
            for item in items():
                if stopped.is_set():
                    return
                put(item)
        except BaseException as error:  # noqa: BLE001 - raised where the items are awaited
            put(None, error)
        else:
            put(None)

    thread = threading.Thread(target=work, name="import-reader", daemon=True)
    thread.start()
    try:
        while True:
            item, error = await queue.get()
            if error is not None:
                raise error
            if item is None:
                return
            yield item
    finally:
        stopped.set()
        await _ended(thread, queue)


async def _ended(
    thread: threading.Thread, queue: asyncio.Queue[tuple[T | None, BaseException | None]]
) -> None:
    deadline = asyncio.get_running_loop().time() + _PATIENCE
    while thread.is_alive() and asyncio.get_running_loop().time() < deadline:
        while not queue.empty():
            queue.get_nowait()
        await asyncio.sleep(0.01)


class Room:
    """How much may be under way at once: so many things, of so many bytes together."""

    def __init__(self, things: int, size: int) -> None:
        self._things = things
        self._size = size
        self._held = 0
        self._count = 0
        self._freed = asyncio.Event()

    async def enter(self, size: int) -> None:
        """Wait until there is room for something of that size, and take it; what is larger than all of it goes alone."""
        while self._count and (self._count >= self._things or self._held + size > self._size):
            self._freed.clear()
            await self._freed.wait()
        self._count += 1
        self._held += size

    def leave(self, size: int) -> None:
        """Give the room back."""
        self._count -= 1
        self._held -= size
        self._freed.set()
