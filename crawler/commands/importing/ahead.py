"""Reading in a thread of its own, a little ahead of whoever works on what is read."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")
_AHEAD = 16
# How long an ending waits for the thread; one that waits for standard input never comes back.
_PATIENCE = 2.0


class Ahead(Generic[T]):
    """What a thread reads, in its order. An async context manager, which ends the thread."""

    def __init__(self, items: Callable[[], Iterator[T]]) -> None:
        """items: makes the iterator, in the thread."""
        self._items = items
        self._loop = asyncio.get_running_loop()
        self._queue: asyncio.Queue[tuple[T | None, BaseException | None]] = asyncio.Queue()
        # counted by the thread, so that it need not ask the loop whether there is room
        self._room = threading.Semaphore(_AHEAD)
        self._is_stopped = False
        self._thread = threading.Thread(target=self._work, name="import-reader", daemon=True)

    async def __aenter__(self) -> Ahead[T]:
        self._thread.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._is_stopped = True
        self._room.release(_AHEAD)
        await asyncio.to_thread(self._thread.join, _PATIENCE)

    async def next(self) -> T | None:
        """Return the next item, None after the last; raises what the iterator raised."""
        item, error = await self._queue.get()
        self._room.release()
        if error is not None:
            raise error
        return item

    def wake(self) -> None:
        """Have whoever waits for an item get none."""
        self._queue.put_nowait((None, None))

    def _work(self) -> None:
        try:
            for item in self._items():
                self._put(item)
                if self._is_stopped:
                    return
        except BaseException as error:  # noqa: BLE001 - raised where the items are awaited
            self._put(None, error)
        else:
            self._put(None)

    def _put(self, item: T | None, error: BaseException | None = None) -> None:
        self._room.acquire()
        # RuntimeError: the loop is closed, since everything ends
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._queue.put_nowait, (item, error))


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
