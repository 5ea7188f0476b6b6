"""The lifecycles' rules over a log: who took which step, from where, and who writes a ledger.

A change is judged by what was declared when it was made: a ledger of the office's own by its
declaration in the log, the program's lifecycles by those that an administrator's change has noted
there (``store/signed_settings.py``), or by today's.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable

import msgspec

from db.access.roles import may_undo_import, may_write
from db.errors import DeclarationError
from db.keys.keyring import RolePeriod
from db.model import declaration_files
from db.model.context import Connection, ReadContext
from db.model.declarations import Action, Kind, Lifecycle
from db.model.roles import called
from db.store import journal, repair_losses

_SHOWN = 3
#: Actions that say what a record is, as it was made elsewhere or found by a repair.
_STANDING = (repair_losses.STANDS.encode(), repair_losses.GONE.encode())
_REPAIR = (*_STANDING, repair_losses.ACTION.encode())
_decode_values = msgspec.json.Decoder(dict[str, object]).decode
_decode_texts = msgspec.json.Decoder(dict[str, str]).decode


class ChangeInLog(msgspec.Struct, gc=False):
    """The change whose rows are passing by, with who made it."""

    passed: journal.LoggedChange
    tenure: RolePeriod | None
    role: str | None

    @property
    def id(self) -> int:
        """Its number."""
        return self.passed.number

    @property
    def at(self) -> str:
        """When it was made."""
        return self.passed.at

    @property
    def by(self) -> str:
        """In whose name."""
        return self.passed.made.by

    @property
    def shown(self) -> list[tuple[bytes, bytes, bytes]]:
        """Kind, uid and values of some rows about records, to be named."""
        about = [(kind, uid, after) for _, kind, uid, _, _, after in self.passed.rows if uid]
        return about[:_SHOWN]


class _Row(msgspec.Struct):
    """A row about a record, read."""

    kind: bytes
    uid: bytes
    action: bytes
    before: dict[str, object]
    after: dict[str, object]


class _Ways:
    """What the lifecycle of a kind allows, by one declaration."""

    def __init__(self, cycle: Lifecycle) -> None:
        self.initial = cycle.initial
        self.closed = {each.name for each in cycle.states if each.closed}
        self.actions = {f"move:{a.name}".encode(): a for a in cycle.actions}
        self.fields = {a.not_by for a in cycle.actions if a.not_by}
        self.written = {n for a in cycle.actions for n in a.not_by_writers}
        #: rows that name none of these, and take no step, are nothing to look at
        names = "|".join(sorted({"state"} | self.fields | self.written))
        self.watched = re.compile(f'"(?:{names})":'.encode()).search


class Steps:
    """What was declared as the log goes by, and where every record with a lifecycle stood."""

    def __init__(self, session: ReadContext, book: str, connection: Connection) -> None:
        self._connection, self._book, self._given = connection, book, session.kinds.given
        self._today = {cycle.name: cycle for cycle in session.kinds.lifecycles}
        self._noted: dict[str, Lifecycle] = {}
        self._kinds: dict[bytes, Kind] = {}
        self._made: set[str] = set()
        #: by kind: what an administrator has noted, and what the program says today
        self._ways: dict[bytes, list[_Ways]] = {}
        #: by role, kind and action, what finds the rows that need a look; None: each does
        self._looks: dict[tuple[str | None, bytes, bytes], Callable[[bytes], object] | None] = {}
        for kind in session.kinds.in_book(book):
            self._declare(kind)
        self._may: dict[tuple[str, bytes], bool] = {}
        self._states: dict[bytes, object] = {}
        self._holders: dict[tuple[bytes, str], object] = {}
        self._writers: dict[bytes, set[str]] = {}
        #: what an import or a decision has closed though its writer may not
        self.brought: list[tuple[ChangeInLog, bytes, bytes, bytes]] = []

    def _declare(self, kind: Kind) -> None:
        name = kind.name.encode()
        self._kinds[name] = kind
        self._looks.clear()
        cycles = [c.get(kind.lifecycle or "") for c in (self._noted, self._today)]
        self._ways[name] = [_Ways(c) for at, c in enumerate(cycles) if c and c not in cycles[:at]]

    def declared(self, after: bytes) -> bool:
        """The office made or changed a ledger here: from now on its steps are those of that
        declaration. Whether it was not there before."""
        with contextlib.suppress(DeclarationError, msgspec.DecodeError):
            name, _, text = str(_decode_values(after).get("text", "")).partition(" ")
            fresh = name not in self._given and name not in self._made
            self._made.add(name)
            kind = declaration_files.decode(text, Kind, name)
            if kind.book == self._book and name not in self._given:
                self._declare(kind)
                self._may.clear()
            return fresh
        return False

    def noted(self, after: bytes) -> None:
        """The program's lifecycles, as an administrator's change has noted them."""
        with contextlib.suppress(DeclarationError, msgspec.DecodeError):
            for name, text in _decode_texts(after).items():
                self._noted[name] = declaration_files.decode(text, Lifecycle, name)
            for kind in self._kinds.values():
                self._declare(kind)

    def lost(self) -> None:
        """Rows are missing here: where records stood is not known any more."""
        self._states.clear()

    def concerns(self, role: str | None, kind: bytes, action: bytes, after: bytes) -> bool:
        """Whether a row may be wrong, or tells where its record stands: most only change what
        anybody of that role may."""
        try:
            look = self._looks[role, kind, action]
        except KeyError:
            look = self._looks[role, kind, action] = self._look(role, kind, action)
        return look is None or bool(look(after))

    def _look(
        self, role: str | None, kind: bytes, action: bytes
    ) -> Callable[[bytes], object] | None:
        ways = self._ways.get(kind)
        if self._right(role, kind, action) or _may_not(role, action) or len(ways or ()) > 1:
            return None
        if not ways:
            return _nothing
        return None if action in ways[0].actions else ways[0].watched

    def row(
        self, change: ChangeInLog, kind: bytes, uid: bytes, action: bytes, before: bytes,
        after: bytes
    ) -> str:
        """What is wrong with it, "" when nothing is."""
        wrong = self._right(change.role, kind, action) or self._stepped(
            change, kind, uid, action, before, after
        )
        return wrong or _may_not(change.role, action)

    def _stepped(
        self, change: ChangeInLog, kind: bytes, uid: bytes, action: bytes, before: bytes,
        after: bytes
    ) -> str:
        ways = self._ways.get(kind)
        if not ways:
            return ""
        today = ways[-1]
        if action not in today.actions and not today.watched(after) and not (
            len(ways) > 1 and ways[0].watched(after)
        ):
            return ""
        was = {} if before in (b"", b"{}") else _decode_values(before)
        row = _Row(kind, uid, action, was, _decode_values(after))
        for each in ways:
            wrong = self._by(each, change, row)
            if not wrong:
                break
        self._keep(change, today, row)
        return wrong

    def _right(self, role: str | None, kind: bytes, action: bytes) -> str:
        """Whether somebody may write a ledger; its steps have rules of their own."""
        if role is None or action[:5] == b"move:":
            return ""
        may = self._may.get((role, kind))
        if may is None:
            declared = self._kinds.get(kind)
            may = self._may[role, kind] = declared is None or may_write(role, declared)
        if may or (action == b"undo" and may_undo_import(role, self._book)):
            return ""
        return f"{called(role)}不能修改这个台账"

    def _by(self, ways: _Ways, change: ChangeInLog, row: _Row) -> str:
        step, after = ways.actions.get(row.action), row.after
        if step is None and "state" not in after:
            return ""
        stood = self._states.get(row.uid)
        if stood is not None and row.before.get("state", stood) != stood:
            return "改动前的状态与记录不符"
        if step is not None:
            return self._step(change, step, row)
        if row.action == b"undo":
            return "" if self._taken_back(change, row) else "撤销的不是本人的修改"
        if change.passed.made.import_id is not None or row.action == b"decide":
            self._brought(ways, change, row)
            return ""
        # what is edited after it was handed in begins again (``issue/issuing.py``)
        again = after["state"] == ways.initial and row.before.get("state") not in ways.closed
        if again or row.action in _STANDING or (row.action == b"add" and _alone(ways, change, row)):
            return ""
        return "绕过流程直接改了状态"

    def _step(self, change: ChangeInLog, step: Action, row: _Row) -> str:
        role, after = change.role, row.after
        if role is not None and role not in step.roles:
            return f"{called(role)}不能{step.label}"
        if "state" in row.before and row.before["state"] not in step.from_:
            return f"从不能{step.label}的状态{step.label}"
        if step.not_by and self._holders.get((row.uid, step.not_by)) == change.by:
            return f"{step.label}的是申请人本人"
        if step.not_by_writers and change.by in self._writers.get(row.uid, ()):
            return f"{step.label}的是写过内容的本人"
        if change.passed.made.import_id is not None and step.owner == "responsible":
            return ""  # a unit's own step, written down in its workbook by whoever filled that in
        named = [n for n, source in step.set.items() if source == "user" and n in after]
        if any(after[n] not in (None, change.by) for n in named):
            return f"{step.label}记成了别人做的"
        return ""

    def _taken_back(self, change: ChangeInLog, row: _Row) -> bool:
        """Whether a state goes back to what it was before an earlier change: one's own, or any
        for who may take imports back."""
        role = change.role
        any_of = role is None or may_undo_import(role, self._book)
        for number, by, before, after in self._connection.execute(
            "SELECT c.id, c.by, j.before, j.after FROM journal j JOIN changes c ON c.id ="
            " j.change_id WHERE j.uid = ? AND j.uid <> '' AND j.change_id < ? AND j.kind = ?"
            " ORDER BY j.seq DESC",
            (row.uid.decode(), change.id, row.kind.decode()),
        ):
            if not any_of and (by != change.by or number != change.passed.made.undoes):
                continue
            old, new = _decode_values(before or "{}"), _decode_values(after)
            ends = (old.get("state"), new.get("state"))
            if "state" in new and ends == (row.after["state"], row.before.get("state")):
                return True
        return False

    def _brought(self, ways: _Ways, change: ChangeInLog, row: _Row) -> None:
        role = change.role
        ways_to = [a for a in ways.actions.values() if a.to == row.after["state"]]
        allowed = role is None or not ways_to or any(role in each.roles for each in ways_to)
        if not allowed and row.after["state"] in ways.closed:
            self.brought.append((change, row.kind, row.uid, msgspec.json.encode(row.after)))

    def _keep(self, change: ChangeInLog, ways: _Ways, row: _Row) -> None:
        values = row.after
        if "state" in values:
            self._states[row.uid] = values["state"]
        for name in ways.fields:
            if name not in values:
                continue
            if values[name] is None:
                self._holders.pop((row.uid, name), None)
            else:
                self._holders[row.uid, name] = values[name]
        if ways.written and not ways.written.isdisjoint(values):
            self._writers.setdefault(row.uid, set()).add(change.by)


def _nothing(after: bytes) -> None:
    """Finds nothing."""


def _may_not(role: str | None, action: bytes) -> str:
    if role not in (None, "administrator") and action in _REPAIR:
        return f"{called(role)}不能抢救台账"
    return f"{called('viewer')}不能修改台账" if role == "viewer" else ""


def _alone(ways: _Ways, change: ChangeInLog, row: _Row) -> bool:
    """Whether a record may be made in this state: by whom may bring it there."""
    role = change.role
    return role is None or any(
        a.to == row.after["state"] and role in a.roles for a in ways.actions.values()
    )
