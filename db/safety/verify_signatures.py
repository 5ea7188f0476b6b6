"""Who made each change of the log, proved: signed by the person it names, in a role that they had
then, and by the rules of the lifecycles.

Whoever opens a book holds the key of its chain and could write a whole one; nobody holds another's
signing key. The roster, signed by an administrator, keeps who was what from which change on, with
the head of the chain there. Changes from before anybody signed are told once.
"""

from __future__ import annotations

import contextlib
from binascii import hexlify
from collections.abc import Iterable, Iterator, Sequence

import msgspec

from db.access.roles import may
from db.keys.keyfile import KeyFile
from db.keys.keyring import RolePeriod
from db.model.context import ReadContext
from db.model.declarations import Kind
from db.model.records import OWN
from db.model.roles import called
from db.safety import verify_file
from db.safety.verify_steps import ChangeInLog, Steps
from db.store import journal, kept_kinds, repair_losses, signed_settings, signing
from db.store.book import Book

_MOST, _SHOWN = 20, 3
_SIGNATURE, _KIND = signing.ACTION.encode(), b"kind"
_SETTLED, _LIFECYCLES = signed_settings.SETTINGS.encode(), signed_settings.RULES.encode()
_GAPS = repair_losses.ACTION.encode()
_decode_texts = msgspec.json.Decoder(dict[str, str]).decode
_decode_values = msgspec.json.Decoder(dict[str, object]).decode


class RoleHistory:
    """Who was what at a change of one book."""

    def __init__(self, keys: KeyFile, book: str) -> None:
        self._lines: dict[str, list[tuple[int, RolePeriod]]] = {}
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

    def at(self, name: str, change: int) -> RolePeriod | None:
        """What somebody was when this change was made."""
        for start, line in reversed(self._lines.get(name, ())):
            if start < change:
                return line
        return None

    @property
    def without_key(self) -> list[str]:
        """Who cannot sign yet."""
        lines = [lines[-1][1] for lines in self._lines.values()]
        return [line.name for line in lines if line.role is not None and not line.verify_key]


class _Hand(msgspec.Struct):
    """What one key has signed so far."""

    by: bytes
    own: bytes = signing.FIRST
    last: journal.LoggedChange | None = None


class SignatureCheck:
    """Follows a log while its chain is checked (``journal.Watch``)."""

    def __init__(self, session: ReadContext, keys: KeyFile, book: Book, *, each: bool) -> None:
        self._session, self._book, self._office = session, book.name, keys.office_id
        self.roster = RoleHistory(keys, book.name)
        self._steps = Steps(session, book.name, book.connection)
        self._each, self._file = each, book
        #: settings, as the log has noted them last
        self._settings: dict[str, str] = {}
        #: a change has noted all that stood: the first of a book, or a repair
        self._all_noted = False
        self._hands: dict[bytes, _Hand] = {}
        #: the last change; whether it was the log's
        self._last, self.through = 0, False
        #: the office's own ledgers, as changes of them have noted them last
        self.declared: dict[str, str] = {}
        self._told = 0
        #: signatures must be checked one by one to say which is wrong
        self.doubtful = False
        #: the latest moment so far, and the changes that a clock dated back behind it
        self._latest, self._dated_back, self._back = "", list[ChangeInLog](), 0
        #: changes that nobody signed, since nobody could yet: how many, and the day of the last
        self.unsigned, self.unsigned_until = 0, ""

    def changes(self, changes: Sequence[journal.LoggedChange]) -> Iterator[str]:
        """The next changes; what is wrong with them."""
        for passed in changes:
            if passed.number:  # else told by the chain
                yield from self._change(passed)
            if not passed.whole:  # it ends without its signature
                self._steps.lost()

    def _change(self, passed: journal.LoggedChange) -> Sequence[str]:
        self._last = number = passed.number
        tenure = self.roster.at(passed.made.by, number)
        role = tenure.role if tenure is not None else None
        now = ChangeInLog(passed, tenure, role)
        if passed.at >= self._latest:
            self._latest = passed.at
        else:
            self._behind(now)
        problems: list[str] = []
        concerns = self._steps.concerns
        for _, kind, uid, action, before, after in passed.rows:
            if uid:
                if concerns(role, kind, action, after):
                    problems += self._record(now, kind, uid, action, before, after)
            elif action != _SIGNATURE:
                problems += self._fact(now, action, after)
        if passed.whole:
            if number in self.roster.marks:
                problems += self._marked(now)
            if tenure is None or role is None or not self._carried(tenure, passed):
                problems += self._signed(now)
        return problems

    def _behind(self, now: ChangeInLog) -> None:
        """A change from before another that stands before it: a clock was dated back."""
        if now.passed.at[:10] < self._latest[:10]:
            self._back += 1
            if self._back <= _SHOWN:
                self._dated_back.append(now)

    def _carried(self, tenure: RolePeriod, passed: journal.LoggedChange) -> bool:
        """Whether a change ends with the signature that carries on what its key has signed: what
        nearly every one does."""
        hand = self._hands.get(tenure.verify_key)
        if hand is None or not passed.rows or self._each:
            return False
        head, _, _, action, _, signature = passed.rows[-1]
        own = signing.carried_on(hand.own, head)
        if action != _SIGNATURE or not signature.startswith(hand.by + hexlify(own)):
            return False
        hand.own, hand.last = own, passed
        return True

    def _record(
        self, now: ChangeInLog, kind: bytes, uid: bytes, action: bytes, before: bytes, after: bytes
    ) -> Sequence[str]:
        try:
            wrong = self._steps.row(now, kind, uid, action, before, after)
        except (msgspec.DecodeError, UnicodeDecodeError):
            wrong = "读不出来"
        return self._tell(now, f"{wrong}，不是由程序写入的", [(kind, uid, after)]) if wrong else ()

    def _fact(self, now: ChangeInLog, action: bytes, after: bytes) -> Sequence[str]:
        role = now.role
        administers = role in (None, "administrator")
        if action == _KIND:
            fresh = self._declared(now, after)
            wrong = "" if administers or fresh else "改了台账的声明"
        elif action == _SETTLED:
            wrong = self._settled(role, after, now.passed.made.source)
        elif action == _LIFECYCLES:
            wrong = "" if administers else "改了流程"
            if not wrong:
                self._steps.noted(after)
        elif action == _GAPS:
            wrong = "" if administers else "抢救的不是管理员"
        else:
            wrong = "登记了两次" if action == journal.CHANGE else ""
        return self._tell(now, f"{wrong}，不是由程序写入的", now.shown) if wrong else ()

    def _declared(self, now: ChangeInLog, after: bytes) -> bool:
        if now.passed.made.source == "kinds":
            with contextlib.suppress(msgspec.DecodeError):
                name, _, text = str(_decode_values(after).get("text", "")).partition(" ")
                self.declared[name] = text
        return self._steps.declared(after)

    def _settled(self, role: str | None, after: bytes, source: str) -> str:
        """What is wrong with settings as a change has noted them."""
        try:
            fresh = _decode_texts(after)
        except msgspec.DecodeError:
            return "设置读不出来"
        held = self._settings
        changed = {n for n in fresh if fresh[n] != held.get(n, fresh[n])}
        whole = fresh.keys() >= signed_settings.WHOLE
        if whole and source == repair_losses.SOURCE and role in (None, "administrator"):
            held.clear()  # what a repair did not find is lost
        elif fresh.get(signed_settings.MARK, "") == held.get(signed_settings.MARK):
            return "写入以前，台账由哪一版规则写成的标记被改动过"
        held |= fresh
        self._all_noted |= whole
        wanted = {signed_settings.act(name) for name in changed}
        if role is None or all(may(role, act) for act in wanted):
            return ""
        return f"{called(role)}改了单位设置"

    def end(self) -> Iterable[str]:
        """After the last change: the newest signature of every key."""
        self.through, last = True, self._last
        if self.roster.marks and max(self.roster.marks) > last:
            yield (
                f"修改记录只到第 {last} 次，用户名册记着已有 {max(self.roster.marks)} 次："
                "末尾被去掉了。请恢复最近的备份。"
            )
        for key, hand in self._hands.items():
            if hand.last is not None and not self._good(key, hand.last, hand.own):
                self.doubtful = True

    def _good(self, key: bytes, passed: journal.LoggedChange, own: bytes) -> bool:
        given = signing.read(_signature_of(passed))
        if given is None:
            return False
        head = passed.rows[-1][0]
        signed = signing.message(self._office, self._book, passed.number, head, own)
        return signing.holds(key, signed, given.signature)

    def _marked(self, change: ChangeInLog) -> Iterator[str]:
        if self.roster.marks[change.id] != change.passed.head.hex():
            yield (
                f"到第 {change.id} 次修改（{change.at[:10]}）为止的记录与管理员在用户名册上记下的"
                "不符：之前的记录被整个改写过。请恢复最近的备份。"
            )

    def _signed(self, change: ChangeInLog) -> Sequence[str]:
        tenure = change.tenure
        if tenure is None or not tenure.verify_key:
            first = self.roster.first
            allowed = tenure is not None and tenure.role is not None
            if allowed or first is None or change.id <= first:
                self.unsigned += 1
                self.unsigned_until = change.at[:10]
                return ()
            return self._tell(change, "没有这个用户（当时不在用户名册上）", change.shown)
        hand = self._hands.get(tenure.verify_key)
        if hand is None:
            hand = self._hands[tenure.verify_key] = _Hand(signing.begin(change.by))
            if tenure.role is not None and self._carried(tenure, change.passed):
                return ()
        self.doubtful = True
        given = signing.read(_signature_of(change.passed))
        if tenure.role is None or given is None or given.by != change.by:
            return self._tell(change, "没有本人的签名，不是由程序写入的", change.shown)
        if not self._good(tenure.verify_key, change.passed, given.digest):
            return self._tell(change, "签名不是本人的，不是由程序写入的", change.shown)
        hand.own, hand.last = given.digest, change.passed
        return ()

    def _tell(
        self, change: ChangeInLog, what: str, rows: list[tuple[bytes, bytes, bytes]]
    ) -> Sequence[str]:
        self._told += 1
        if self._told > _MOST:
            return ()
        parts = "；".join(self._named(*row) for row in rows) or "没有涉及记录"
        return (
            f"{change.at[:10]} 记在“{change.by}”名下的第 {change.id} 次修改{what}：{parts}。",
        )

    def unsettled(self) -> Iterator[str]:
        """What is not as the log has noted it last."""
        for name, noted in self._settings.items():
            if signed_settings.value(self._file, name) != noted:
                yield signed_settings.called(self._file, name)
        if self._all_noted:  # a book of an earlier program has sites that no change of it notes
            for name in signed_settings.unsigned_offices(self._file, self._settings):
                yield signed_settings.called(self._file, name)

    def brought(self) -> Iterator[str]:
        """What came closed by somebody who may not close it: an import can bring that from another
        book of this office, and somebody with an editor can write it."""
        own = [each for each in self._steps.brought if self._is_own(each[1], each[2])]
        for change, kind, uid, after in own[:_SHOWN]:
            yield (
                f"{change.at[:10]} “{change.by}”导入、处理冲突时把{self._named(kind, uid, after)}"
                "改成已办结，不是在这里照流程办的，请与来件核对。"
            )
        if len(own) > _SHOWN:
            yield f"这样带来的办结共 {len(own)} 条。"

    def dated_back(self) -> Iterator[str]:
        """What was written on a day before the day of what was written before it."""
        for change in self._dated_back:
            yield (
                f"第 {change.id} 次修改记在 {change.at[:10]}（“{change.by}”），"
                f"之前的修改却已经记到以后的日子："
                "可能是电脑的时钟往回调过，请核对这次修改实际是哪天做的。"
            )
        if self._back > _SHOWN:
            yield f"这样倒着记日期的修改共 {self._back} 次。"

    def _is_own(self, kind: bytes, uid: bytes) -> bool:
        name = kind.decode("utf-8", "replace")
        known = name in self._session.kinds
        record = self._file.get(name, uid.decode("utf-8", "replace")) if known else None
        return record is not None and record.issuer == OWN

    def _named(self, kind_name: bytes, uid: bytes, after: bytes) -> str:
        name, record = kind_name.decode("utf-8", "replace"), uid.decode("utf-8", "replace")
        kinds = self._session.kinds
        kind = kinds.get(name) if name in kinds else None
        title = self._session.title(name, record) if kind is not None else ""
        label = kind.label if kind is not None else name
        try:
            names = "、".join(_field(kind, each) for each in list(_decode_values(after))[:5])
        except msgspec.DecodeError:
            names = "读不出"
        return f"「{label}」{title or record} 的「{names}」"


def _signature_of(passed: journal.LoggedChange) -> bytes:
    """The signature of a change, which is its last row; b"" where it has none."""
    return passed.rows[-1][5] if passed.rows and passed.rows[-1][3] == _SIGNATURE else b""


def _field(kind: Kind | None, name: str) -> str:
    if kind is not None and kind.has(name):
        return kind.field(name).label
    return {"state": "状态", "deleted": "删除标记", "parent": "所属事项"}.get(name, name)


def verify(
    session: ReadContext, keys: KeyFile, book: Book, known: repair_losses.Known,
    progress: journal.Progress | None = None, *, quick: bool = False,
) -> tuple[list[str], list[str]]:
    """What is wrong with a book, and what is only to be known of it; ``quick``: as in
    ``verify_file``. The log is read once more,
    signature by signature, when one of them is wrong."""
    proof = SignatureCheck(session, keys, book, each=False)
    problems = verify_file.verify(book, [proof], known, progress, quick=quick)
    if proof.doubtful:
        proof = SignatureCheck(session, keys, book, each=True)
        again = verify_file.verify_log(book, [proof], known, progress)
        problems += [problem for problem in again if problem not in problems]
    if proof.through:
        problems += kept_kinds.changed_past_the_log(book, proof.declared)
    for label in proof.unsettled():
        if not any(problem.startswith(label) for problem in problems):
            problems.append(f"{label}被改动过，不是由程序写入的，请核对。")
    return problems, [*known.notes, *_notes(book, proof)]


def _notes(book: Book, proof: SignatureCheck) -> Iterator[str]:
    yield from proof.brought()
    yield from proof.dated_back()
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
