"""Items drawn up by a process of its own, while this one writes down those before: both cores are
at work on a large office.

The other process is a copy of this one (POSIX alone; elsewhere, and for a small office, both is
done here, one after the other). It never touches the book, and what it gives is plain data.
"""

from __future__ import annotations

import marshal
import os
import sys
import traceback
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, BinaryIO, TypeAlias

from db.errors import WorkFailed
from db.store import gc_pause
from db.store.bulk import Batch
from desktop.sample.items import LedgerItems
from desktop.sample.maker import Maker
from desktop.sample.visits import fill_visits
from desktop.sample.work import fill_townships

#: Items from which on a second process is worth its start.
LEAST = 10_000
#: Writes held in memory before they go to the file; of another process the first, after which each
#: portion is twice the one before: nobody has anything to write until it comes.
CHUNK, FIRST_CHUNK = 40_000, 2_500
#: Yields how many of this year's items were drawn, and the writes of some.
Drawing: TypeAlias = Generator[tuple[int, Batch], None, None]
_LENGTH = 8


class Items:
    """The ledger items of an office, and what hangs on them. ``drawn`` gives the items; ``last`` is
    what is written last of all, and what the maker does in between is the same without it."""

    def __init__(self, maker: Maker, items: int, earlier: int, first: int = CHUNK) -> None:
        self._maker, self._items, self._earlier = maker, items, earlier
        self._portion = first
        self._ledgers = [LedgerItems(maker)]

    def drawn(self) -> Drawing:
        """The items, portion by portion, with how many they are: those of earlier years first."""
        yield from self._of_earlier_years()
        number, (ledgers, *_) = 0, self._ledgers
        for number, plan in enumerate(ledgers.plans(self._items), start=1):
            ledgers.make(plan)
            if self._enough():
                yield number, self._maker.chronicle.taken()
        yield number, self._maker.chronicle.taken()

    def _enough(self) -> bool:
        """Whether a portion is drawn."""
        enough = len(self._maker.chronicle) >= self._portion
        if enough:
            self._portion = min(CHUNK, self._portion * 2)
        return enough

    def _of_earlier_years(self) -> Drawing:
        if not self._earlier:
            return
        with self._maker.independent("earlier"):
            ledgers = LedgerItems(self._maker)
            self._ledgers.append(ledgers)
            for plan in ledgers.earlier(max(self._items // 10, 8), self._earlier):
                ledgers.make(plan)
                if self._enough():
                    yield 0, self._maker.chronicle.taken()

    def last(self) -> Batch:
        """Milestones and parts of the items, and visits that led to some."""
        with self._maker.independent("last"):
            for ledgers in self._ledgers:
                ledgers.milestones()
            fill_visits(self._maker, [each for made in self._ledgers for each in made.from_visits])
            fill_townships(self._maker)
        return self._maker.chronicle.taken()

    def close(self) -> None:
        """Nothing is open."""


class ItemsBeside:
    """The same from another process, which has the next portion ready when one is written."""

    def __init__(self, maker: Maker, items: int, earlier: int) -> None:
        self._maker = maker
        there, back = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        self._child = os.fork()
        if self._child == 0:
            os.close(there)  # else it would not hear that nobody listens
            _be_the_other(Items(maker, items, earlier, FIRST_CHUNK), maker, back)
        os.close(back)
        self._from = os.fdopen(there, "rb")

    def drawn(self) -> Drawing:
        """The items, portion by portion, with how many they are."""
        while (message := self._hear())[0] is not None:
            number, *batch = message
            yield number, Batch(*batch)
        self._maker.go_on(message[1])

    def last(self) -> Batch:
        """What is written last of all, drawn up meanwhile."""
        return Batch(*self._hear())

    def _hear(self) -> Any:
        found = heard(self._from)
        if found is None:
            raise WorkFailed("示例单位没有建完，请换一个空文件夹重试。")
        return found

    def close(self) -> None:
        """The other process ends when nobody listens, and is waited for."""
        self._from.close()
        os.waitpid(self._child, 0)


def _be_the_other(items: Items, maker: Maker, back: int) -> None:
    """All that the other process does; it ends here, whatever happens, and closes nothing of the
    book's."""
    status = 1
    try:
        saying = os.fdopen(back, "wb")
        with gc_pause.pause_gc():
            say_while_drawing(saying, _portions(items, maker))
        status = 0
    except BrokenPipeError:
        pass  # nobody listens any more, and has told why
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def _portions(items: Items, maker: Maker) -> Iterator[tuple[Any, ...]]:
    """All that one process tells the other, in its order."""
    for number, batch in items.drawn():
        yield number, *batch
    yield None, maker.reached()
    yield tuple(items.last())


def say_while_drawing(saying: BinaryIO, portions: Iterable[tuple[Any, ...]]) -> None:
    """Each portion waits for whoever writes down, while the next is being drawn up."""
    with ThreadPoolExecutor(1) as voice:
        last: Future[None] | None = None
        for portion in portions:
            data = marshal.dumps(portion)
            del portion
            if last is not None:
                last.result()
            last = voice.submit(_say, saying, data)
        if last is not None:
            last.result()


def _say(file: BinaryIO, data: bytes) -> None:
    file.write(len(data).to_bytes(_LENGTH, "big"))
    file.write(data)
    file.flush()


def heard(file: BinaryIO) -> Any:
    """What was said; None when the other has ended."""
    length = file.read(_LENGTH)
    if len(length) < _LENGTH:
        return None
    data = file.read(int.from_bytes(length, "big"))
    return marshal.loads(data)


def items_of(maker: Maker, items: int, earlier: int = 0) -> Items | ItemsBeside:
    """The items of an office, drawn up here or beside."""
    if items >= LEAST and sys.platform != "win32":
        return ItemsBeside(maker, items, earlier)
    return Items(maker, items, earlier)
