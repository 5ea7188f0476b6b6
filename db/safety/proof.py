"""Who made each change of the log, proved: signed by the person it names, in a role that they had
then, and by the rules of the lifecycles.

Whoever opens a book holds the key of its chain and could write a whole one; nobody holds another's
signing key. The roster, signed by an administrator, keeps who was what from which change on, with
the head of the chain there. Changes from before anybody signed are told once.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from db.errors import DeclarationError
from db.keys.keyfile import KeyFile
from db.keys.keyring import Tenure
from db.model import declarations
from db.model.context import ReadContext
from db.model.declarations import Action, Kind
from db.model.roles import called
from db.store import gaps, journal, signing
from db.store.book import Book

_MOST, _SHOWN = 20, 3
_REPAIR = (gaps.ACTION, gaps.STANDS, gaps.GONE)
_DIRECT = ("form", "cli", "paste", "bulk")
_decode_change = msgspec.json.Decoder(
    tuple[str, str, str, str, str, str | None, int | None]
).decode
_decode_values = msgspec.json.Decoder(dict[str, object]).decode


class Roster:
    """Who was what at a change of one book."""

    def __init__(self, keys: KeyFile, book: str) -> None:
        self._lines: dict[str, list[tuple[int, Tenure]]] = {}
        self.marks: dict[int, str] = {}
        for line in keys.history:
            mark = line.since.get(book)
            if mark is not None:
                self.marks[mark.change] = mark.head
            elif line.since:
                continue  # by an administrator without the key of this book: nothing changes in it
            start = mark.change if mark is not None else 0
            self._lines.setdefault(line.name, []).append((start, line))
        #: The last change from before there was a roster with keys; None: there is none yet.
        self.first = min((at for lines in self._lines.values() for at, _ in lines), default=None)

    def at(self, name: str, change: int) -> Tenure | None:
        """What somebody was when this change was made."""
        found = None
        for start, line in self._lines.get(name, ()):
            if start < change:
                found = line
        return found

    @property
    def without_key(self) -> list[str]:
        """Who cannot sign yet."""
        lines = [lines[-1][1] for lines in self._lines.values()]
        return [line.name for line in lines if line.role is not None and not line.verify_key]


class _Change(msgspec.Struct):
    """The change whose rows are passing by."""

    id: int
    at: str
    by: str
    source: str
    import_id: str | None
    undoes: int | None
    tenure: Tenure | None
    rows: list[tuple[str, str, str]] = msgspec.field(default_factory=list)
    signature: signing.Signature | None = None
    head: bytes = b""


class _Hand(msgspec.Struct):
    """What one key has signed so far."""

    own: bytes = signing.FIRST
    last: tuple[int, bytes, bytes, str] | None = None


class Steps:
    """The lifecycles' rules over the log: whose step it was, from where, and not one's own
    request."""

    def __init__(self, session: ReadContext, book: str) -> None:
        self._cycles = {cycle.name: cycle for cycle in session.kinds.lifecycles}
        self._book, self._given = book, session.kinds.given
        self._actions: dict[str, dict[str, Action]] = {}
        self._fields: dict[str, set[str]] = {}
        self._written: dict[str, set[str]] = {}
        self._watched: dict[str, tuple[str, ...]] = {}
        self._initial: dict[str, str] = {}
        self._closed: dict[str, set[object]] = {}
        for kind in session.kinds.in_book(book):
            self._declare(kind)
        self._holders: dict[tuple[str, str], object] = {}
        self._writers: dict[str, set[str]] = {}

    def _declare(self, kind: Kind) -> None:
        cycle = self._cycles.get(kind.lifecycle or "")
        if cycle is None:
            self._actions.pop(kind.name, None)
            return
        self._initial[kind.name] = cycle.initial
        self._closed[kind.name] = {each.name for each in cycle.states if each.closed}
        self._actions[kind.name] = {f"move:{a.name}": a for a in cycle.actions}
        self._fields[kind.name] = {a.not_by for a in cycle.actions if a.not_by}
        self._written[kind.name] = {n for a in cycle.actions for n in a.not_by_writers}
        self._watched[kind.name] = (*self._fields[kind.name], *self._written[kind.name])

    def declared(self, after: str) -> None:
        """The office made or changed a ledger here: from now on its steps are those of that
        declaration."""
        name, _, text = str(_decode_values(after).get("text", "")).partition(" ")
        with contextlib.suppress(DeclarationError):
            kind = declarations.decode(text, Kind, name)
            if kind.book == self._book and name not in self._given:
                self._declare(kind)

    def row(
        self, change: _Change, kind: str, uid: str, action: str, before: str, after: str
    ) -> str:
        """What is wrong with it, "" when nothing is."""
        actions = self._actions.get(kind)
        if actions is None:
            return ""
        step = actions.get(action)
        told = action != "add" and '"state"' in after
        if step is None and not told and not any(n in after for n in self._watched[kind]):
            return ""
        values = _decode_values(after)
        wrong = ""
        if step is not None:
            wrong = self._step(change, step, uid, _decode_values(before), values)
        elif "state" in values and not _came(change, action):
            # what is edited after it was handed in begins again (``issue/issuing.py``)
            back = (_decode_values(before).get("state"), values["state"])
            if back[1] != self._initial[kind] or back[0] in self._closed[kind]:
                wrong = "绕过流程直接改了状态"
        self._keep(change, kind, uid, values)
        return wrong

    def _step(
        self, change: _Change, step: Action, uid: str, before: dict[str, object],
        after: dict[str, object],
    ) -> str:
        tenure = change.tenure
        if tenure is not None and tenure.role is not None and tenure.role not in step.roles:
            return f"{called(tenure.role)}不能{step.label}"
        if "state" in before and before["state"] not in step.from_:
            return f"从不能{step.label}的状态{step.label}"
        if step.not_by and self._holders.get((uid, step.not_by)) == change.by:
            return f"{step.label}的是申请人本人"
        if step.not_by_writers and change.by in self._writers.get(uid, ()):
            return f"{step.label}的是写过内容的本人"
        if change.import_id is not None and step.owner == "responsible":
            return ""  # a unit's own step, written down in its workbook by whoever filled that in
        named = [n for n, source in step.set.items() if source == "user" and n in after]
        if any(after[n] not in (None, change.by) for n in named):
            return f"{step.label}记成了别人做的"
        return ""

    def _keep(self, change: _Change, kind: str, uid: str, values: dict[str, object]) -> None:
        for name in self._fields[kind] & values.keys():
            if values[name] is None:
                self._holders.pop((uid, name), None)
            else:
                self._holders[uid, name] = values[name]
        if self._written[kind] & values.keys():
            self._writers.setdefault(uid, set()).add(change.by)


def _came(change: _Change, action: str) -> bool:
    """Whether a state may have come this way without a step: made, taken back, from elsewhere."""
    if action == "add":
        return True
    if action == "undo":
        return change.undoes is not None
    return change.import_id is not None or change.source not in _DIRECT


class Proof:
    """Follows a log while its chain is checked (``journal.Watch``)."""

    def __init__(self, session: ReadContext, keys: KeyFile, book: Book, *, each: bool) -> None:
        self._session, self._book, self._office = session, book.name, keys.office_id
        self.roster = Roster(keys, book.name)
        self._steps = Steps(session, book.name)
        self._each = each
        self._hands: dict[bytes, _Hand] = {}
        self._now: _Change | None = None
        self._told = 0
        #: signatures must be checked one by one to say which is wrong
        self.doubtful = False
        #: changes that nobody signed, since nobody could yet: how many, and the day of the last
        self.unsigned, self.unsigned_until = 0, ""

    def row(self, row: journal.Row, previous: bytes) -> Sequence[str]:
        """One row; what is wrong with it or with the change that ended before it."""
        _, change_id, kind, uid, action, before, after, _ = row
        if action == "change":
            told = self._ended(previous)
            at, by, source, _, _, import_id, undoes = _decode_change(after)
            tenure = self.roster.at(by, change_id)
            self._now = _Change(change_id, at, by, source, import_id, undoes, tenure)
            return told
        now = self._now
        if now is None:
            return ()
        if action == signing.ACTION:
            now.signature, now.head = signing.read(after), previous
            return ()
        now.signature = None  # what was written to after it was signed
        if action == gaps.ACTION and now.tenure is not None and now.tenure.role != "administrator":
            return self._tell(now, "抢救的不是管理员，不是由程序写入的", now.rows)
        if action == "kind":
            self._steps.declared(after)
        if uid:
            if len(now.rows) < _SHOWN:
                now.rows.append((kind, uid, after))
            wrong = self._steps.row(now, kind, uid, action, before, after)
            if not wrong and now.tenure is not None:
                wrong = _may_not(now.tenure, action)
            if wrong:
                return self._tell(now, f"{wrong}，不是由程序写入的", [(kind, uid, after)])
        return ()

    def gap(self) -> None:
        """Rows are missing here, of which a repair has told: what was begun before ends without its
        signature, and digests begin anew."""
        self._now = None

    def end(self, head: bytes) -> Iterable[str]:
        """After the last row: the last change, and the newest signature of every key."""
        yield from self._ended(head)
        last = self._now.id if self._now is not None else 0
        if self.roster.marks and max(self.roster.marks) > last:
            yield (
                f"修改记录只到第 {last} 次，用户名册记着已有 {max(self.roster.marks)} 次："
                "末尾被去掉了。请恢复最近的备份。"
            )
        for key, hand in self._hands.items():
            if hand.last is not None and not self._good(key, *hand.last):
                self.doubtful = True

    def _good(self, key: bytes, change: int, head: bytes, own: bytes, signature: str) -> bool:
        signed = signing.message(self._office, self._book, change, head, own)
        return signing.holds(key, signed, signature)

    def _ended(self, head: bytes) -> Sequence[str]:
        change = self._now
        if change is None:
            return ()
        mark = self.roster.marks.get(change.id)
        if mark is None:
            return self._signed(change)
        told: list[str] = []
        if mark != head.hex():
            told.append(
                f"到第 {change.id} 次修改（{change.at[:10]}）为止的记录与管理员在用户名册上记下的"
                "不符：之前的记录被整个改写过。请恢复最近的备份。"
            )
        told += self._signed(change)
        return told

    def _signed(self, change: _Change) -> Sequence[str]:
        tenure = change.tenure
        if tenure is None or not tenure.verify_key:
            first = self.roster.first
            allowed = tenure is not None and tenure.role is not None
            if allowed or first is None or change.id <= first:
                self.unsigned += 1
                self.unsigned_until = change.at[:10]
                return ()
            return self._tell(change, "没有这个用户（当时不在用户名册上）", change.rows)
        given = change.signature
        if tenure.role is None or given is None or given.by != change.by:
            return self._tell(change, "没有本人的签名，不是由程序写入的", change.rows)
        hand = self._hands.setdefault(tenure.verify_key, _Hand())
        own = signing.carried_on(hand.own, change.head)
        if given.own != own.hex() or self._each:
            self.doubtful = True
            try:
                own = bytes.fromhex(given.own)
            except ValueError:
                own = b""
            if not self._good(tenure.verify_key, change.id, change.head, own, given.signature):
                return self._tell(change, "签名不是本人的，不是由程序写入的", change.rows)
        hand.own, hand.last = own, (change.id, change.head, own, given.signature)
        return ()

    def _tell(
        self, change: _Change, what: str, rows: list[tuple[str, str, str]]
    ) -> Sequence[str]:
        self._told += 1
        if self._told > _MOST:
            return ()
        parts = "；".join(self._named(*row) for row in rows) or "没有涉及记录"
        return (
            f"{change.at[:10]} 记在“{change.by}”名下的第 {change.id} 次修改{what}：{parts}。",
        )

    def _named(self, kind_name: str, uid: str, after: str) -> str:
        kinds = self._session.kinds
        kind = kinds.get(kind_name) if kind_name in kinds else None
        title = self._session.title(kind_name, uid) if kind is not None else ""
        names = "、".join(_field(kind, name) for name in list(_decode_values(after))[:5])
        label = kind.label if kind is not None else kind_name
        return f"「{label}」{title or uid} 的「{names}」"


def _may_not(tenure: Tenure, action: str) -> str:
    if action in _REPAIR and tenure.role not in (None, "administrator"):
        return f"{called(tenure.role or 'viewer')}不能抢救台账"
    return f"{called('viewer')}不能修改台账" if tenure.role == "viewer" else ""


def _field(kind: Kind | None, name: str) -> str:
    if kind is not None and kind.has(name):
        return kind.field(name).label
    return {"state": "状态", "deleted": "删除标记", "parent": "所属事项"}.get(name, name)


def verify(
    session: ReadContext, keys: KeyFile, book: Book, progress: journal.Progress | None = None
) -> tuple[list[str], list[str]]:
    """What is wrong with a book, and what is only to be known of it. The log is read once more,
    signature by signature, when one of them is wrong."""
    proof = Proof(session, keys, book, each=False)
    problems = book.verify(proof, progress)
    if proof.doubtful:
        proof = Proof(session, keys, book, each=True)
        known = gaps.Known(book.connection)
        again = journal.verify(book.connection, book.audit_key, known, proof, progress)
        problems += [told for told in again if told not in problems]
    return problems, list(_notes(book, proof))


def _notes(book: Book, proof: Proof) -> Iterator[str]:
    yield from gaps.Known(book.connection).notes
    if proof.unsigned:
        yield (
            f"{book.path.name} 里 {proof.unsigned_until} 及以前有 {proof.unsigned}"
            " 次修改没有签名：那时的程序还不签名，是谁做的只有登记，没有证明。"
        )
    waiting = proof.roster.without_key
    if waiting:
        yield (
            f"还没有签名钥的用户：{'、'.join(waiting)}。本人登录一次、再由管理员登录一次后，"
            "他的修改才有签名。"
        )
