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
from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
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
#: Writes held in memory before they go to the file.
CHUNK = 40_000
#: Yields how many items were drawn and their writes; is sent what became of the maker by the time
#: when everything else is written.
Drawing: TypeAlias = Generator[tuple[int, Batch], None, None]
_LENGTH = 8


class Items:
    """The ledger items of an office, and the milestones of some, in two parts: between them the
    maker does what needs the items on disk."""

    def __init__(self, maker: Maker, items: int, earlier: int) -> None:
        self._maker, self._items, self._earlier = maker, items, earlier
        self._ledgers = LedgerItems(maker)

    def drawn(self) -> Drawing:
        """The items, portion by portion, with how many they are."""
        number = 0
        for number, plan in enumerate(self._ledgers.plans(self._items), start=1):
            self._ledgers.make(plan)
            if len(self._maker.chronicle) >= CHUNK:
                yield number, self._maker.chronicle.taken()
        yield number, self._maker.chronicle.taken()

    def last(self) -> Batch:
        """What is made last of all: work of earlier years, milestones and parts, and visits that
        led to some."""
        for plan in self._ledgers.earlier(max(self._items // 10, 8), self._earlier):
            self._ledgers.make(plan)
        self._ledgers.milestones()
        fill_visits(self._maker, self._ledgers.from_visits)
        fill_townships(self._maker)
        return self._maker.chronicle.taken()

    def close(self) -> None:
        """Nothing is open."""


class ItemsBeside:
    """The same from another process, which has the next portion ready when one is written."""

    def __init__(self, maker: Maker, items: int, earlier: int) -> None:
        self._maker = maker
        (there, self._out), (self._in, back) = os.pipe(), os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        self._child = os.fork()
        if self._child == 0:
            os.close(self._out)  # else neither would hear that the other has ended
            os.close(self._in)
            _be_the_other(Items(maker, items, earlier), maker, there, back)
        os.close(there)
        os.close(back)
        self._to, self._from = os.fdopen(self._out, "wb"), os.fdopen(self._in, "rb")

    def drawn(self) -> Drawing:
        """The items, portion by portion, with how many they are."""
        while (told := self._hear())[0] is not None:
            number, *batch = told
            yield number, Batch(*batch)
        self._maker.go_on(told[1])

    def last(self) -> Batch:
        """What is made last of all."""
        say(self._to, self._maker.reached())
        return Batch(*self._hear())

    def _hear(self) -> Any:
        found = heard(self._from)
        if found is None:
            raise WorkFailed("示例单位没有建完，请换一个空文件夹重试。")
        return found

    def close(self) -> None:
        """The other process ends when nobody listens, and is waited for."""
        for file in (self._to, self._from):
            with closing(file):
                pass
        os.waitpid(self._child, 0)


def _be_the_other(items: Items, maker: Maker, there: int, back: int) -> None:
    """All that the other process does; it ends here, whatever happens, and closes nothing of the
    book's."""
    status = 1
    try:
        hearing, saying = os.fdopen(there, "rb"), os.fdopen(back, "wb")
        with gc_pause.paused():
            _say_while_drawing(saying, items)
            say(saying, (None, maker.reached()))
            reached = heard(hearing)
            if reached is not None:
                maker.go_on(reached)
                say(saying, tuple(items.last()))
        status = 0
    except BrokenPipeError:
        pass  # nobody listens any more, and has told why
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def _say_while_drawing(saying: BinaryIO, items: Items) -> None:
    """Each portion waits for whoever writes down, while the next is being drawn up."""
    with ThreadPoolExecutor(1) as voice:
        last: Future[None] | None = None
        for number, batch in items.drawn():
            data = marshal.dumps((number, *batch))
            del batch
            if last is not None:
                last.result()
            last = voice.submit(_say, saying, data)
        if last is not None:
            last.result()


def say(file: BinaryIO, what: Any) -> None:
    """Plain data through a pipe."""
    _say(file, marshal.dumps(what))


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
