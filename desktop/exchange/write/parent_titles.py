"""The records that rows of a child sheet hang under, where it goes out without them: each row
names its own, a new one picks among what is still open. Their ids go along on the hidden sheet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import islice

from db.model.declarations import Kind
from db.model.sql import quoted
from desktop.exchange.format.columns import PARENT
from desktop.exchange.format.manifest import CARRIED, ReadyRow
from desktop.exchange.write.hidden_sheet import HiddenSheet
from desktop.exchange.write.scope import Scope, Where

#: So many are offered at the most; nobody picks from a longer list.
_MOST = 5_000


class ParentTitles:
    """Made once for a child sheet that goes out alone: uid → title of what is offered, and of what
    the rows that go out hang under."""

    def __init__(self, scope: Scope, child: Kind, where: Where) -> None:
        self._session, self._scope, self._child = scope.session, scope, child
        self.offered: dict[str, str] = {}
        self.titles: dict[str, str] = {}
        for kind in self._session.kinds.parents_of(child.name):
            if kind.book != child.book or not self._session.opens(kind.name):
                continue
            own = f"uid IN (SELECT parent FROM {quoted(child.name)} WHERE {where[0]})"
            self.titles.update(self._of(kind, (own, where[1])))
            left = _MOST - len(self.offered)
            self.offered.update(islice(self._of(kind, self._open(kind)), left))
        self.titles = self.offered | self.titles
        self._tell_apart()

    def _open(self, kind: Kind) -> Where:
        """What is not done with, of what is the unit's."""
        where, values = self._scope.where(kind)
        cycle = self._session.kinds.lifecycle_of(kind)
        done = [s.name for s in cycle.states if s.closed or s.void] if cycle else []
        if done:
            where = f"({where}) AND state NOT IN ({', '.join('?' * len(done))})"
        return f"({where}) AND deleted = 0", [*values, *done]

    def _of(self, kind: Kind, where: Where) -> Iterator[tuple[str, str]]:
        session = self._session
        book = session.book_of(kind.name)
        for record in book.each(kind.name, where[0], where[1]):
            yield record.uid, session.title_of(record)

    def _tell_apart(self) -> None:
        """A title that several records have says unit and deadline too, else nobody could pick."""
        times = Counter(self.titles.values())
        for kind in self._session.kinds.parents_of(self._child.name):
            names = [kind.unit, kind.lights.deadline if kind.lights else None]
            fields = [f.name for f in kind.all_fields if f.name in names]
            same = [uid for uid, title in self.titles.items() if times[title] > 1]
            for record in filter(None, (self._session.get(kind.name, uid) for uid in same)):
                more = filter(None, (self._session.text(record, name) for name in fields))
                if details := "，".join(more):
                    self.titles[record.uid] += f"（{details}）"
        self.offered = {uid: self.titles[uid] for uid in self.offered}

    def carry(self, hidden: HiddenSheet, child: Kind) -> None:
        """What each is called, for when the workbook comes back."""
        for uid, title in self.titles.items():
            mark = f"{CARRIED}{child.name}-{uid}"
            hidden.slot(child.name, mark, ReadyRow(parent=uid, texts={PARENT: title}))


def picked(titles: Mapping[str, str]) -> list[str]:
    """The titles to choose from, each once."""
    return list(dict.fromkeys(filter(None, titles.values())))
