"""What was typed and not saved, kept in the encrypted book: leaving a form, a lock or a crash loses
nothing.

A draft holds the entries as they stood, valid or not, under the person, the kind and the record; a
dialog that a lock closed has one of its own (`Typing`), and so has a page whose changes wait for
保存.
"""

from __future__ import annotations

import datetime as dt
import hmac
import itertools
import json
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject
from PySide6.QtWidgets import (
    QAbstractButton,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QSpinBox,
    QWidget,
)

from db.model.settings import BookSetting, draft
from db.session import Session
from db.store.book import Book
from desktop.ui.kit.jobs import Job, Jobs
from desktop.ui.kit.messages import Dialog

if TYPE_CHECKING:
    from desktop.ui.record_form.fields import Fields

Raw = dict[str, Any]
"""Entries as plain data, by field or however their dialog names them."""
NEW = "new"
"""Of a record that is not there yet; further ones begun meanwhile are new-2, new-3."""
GIVEN_BACK = "这里是锁定前填的内容，请接着填。"
#: Of a draft that somebody wrote past the program, or from before the password was changed.
NOT_OWN = "这份草稿留下以后，换过密码，或被人改动过。请逐项核对再保存。"
BACK_AGAIN = "锁定前没有保存的修改还在这里，核对后按“保存”。"


class Drafts:
    """The drafts of one person; read in the reader, written in the writer. ``kind``: of a record,
    or the name of a page."""

    def __init__(self, session: Session, jobs: Jobs, kind: str) -> None:
        self._session, self._jobs, self._kind = session, jobs, kind
        #: what was asked to be kept and the writer has not come to yet, by record
        self._asked: dict[str, Raw] = {}
        #: whether what was asked for last is as this person left it
        self.own = True

    def _draft(self, uid: str) -> BookSetting[Raw]:
        return draft(self._session.user.name, self._kind, uid)

    @property
    def _book(self) -> Book:
        return (
            self._session.book_of(self._kind)
            if self._kind in self._session.kinds
            else self._session.office
        )

    def read(self, uid: str) -> Raw:
        """What was kept for a record, as {"at", "raw": {field: entry}, "own"}; empty when nothing
        was. ``own``: it is as this person left it. In a worker."""
        asked = self._asked.get(uid)
        if asked is not None:
            return asked and asked | {"own": True}
        held = self._draft(uid).of(self._book)
        if not isinstance(held, dict) or not held.get("raw"):
            return {}
        seal = self._seal(uid, str(held.get("at", "")), held["raw"])
        return held | {"own": hmac.compare_digest(str(held.get("seal", "")), seal)}

    def _seal(self, uid: str, at: str, raw: Raw) -> str:
        said = json.dumps([self._draft(uid).key, at, raw], ensure_ascii=False, sort_keys=True)
        return self._session.who.seal(said)

    def keep(self, uid: str, raw: Raw, if_also: Callable[[], bool] | None = None) -> None:
        """Keep, or with nothing in it forget, a draft; ``if_also`` is asked by the writer, after
        all that was asked of it before."""
        at = dt.datetime.now().isoformat(timespec="minutes")
        book, kept, seal = self._book, self._draft(uid), self._seal(uid, at, raw)
        held: Raw = {"at": at, "raw": raw, "seal": seal} if raw else {}

        def write(job: Job) -> None:
            if (if_also is None or if_also()) and (raw or kept.of(book)):
                kept.save(book, held)
            if self._asked.get(uid) is held:
                del self._asked[uid]

        if if_also is None:
            self._asked[uid] = held
        self._jobs.write(write, label="正在留存草稿")
        if if_also is None:
            self._jobs.draft_kept.emit(self._kind, uid, at if raw else "")

    def ask(self, uid: str, found: Callable[[Raw], None], owner: QObject) -> None:
        """Read a draft off the UI thread; ``found`` is told its entries when there are any."""

        def take(held: Raw) -> None:
            if held:
                self.own = held["own"]
                found(held["raw"])

        self._jobs.read(lambda job: self.read(uid), take, failed=None, owner=owner)

    @property
    def again(self) -> str:
        """What is said of a page's changes that are given back."""
        return BACK_AGAIN if self.own else NOT_OWN


class Typing:
    """What is typed into one dialog: kept when a lock leaves it unanswered, given back when it is
    opened again.

    Answered or left by its person, nothing is kept. ``read`` gives the entries as plain data
    (empty: nothing was typed),
    ``put`` takes them back.
    """

    def __init__(
        self, dialog: Dialog, drafts: Drafts, uid: str, read: Callable[[], Raw],
        put: Callable[[Raw], None],
    ) -> None:
        self._dialog, self._drafts, self._uid, self._read, self._put = (
            dialog, drafts, uid, read, put,
        )
        self._kept = False
        dialog.typing = self
        dialog.finished.connect(lambda _: self._over())
        drafts.ask(uid, self._found, dialog)

    def keep(self) -> bool:
        """A lock comes: keep what stands there. Whether there was anything."""
        raw = self._read()
        self._kept = bool(raw)
        if raw:
            self._drafts.keep(self._uid, raw)
        return self._kept

    def _found(self, raw: Raw) -> None:
        if self._read():  # the person was faster than the reader
            return
        self._put(raw)
        self._dialog.tell_above(GIVEN_BACK if self._drafts.own else NOT_OWN)

    def _over(self) -> None:
        if not self._kept:
            self._drafts.keep(self._uid, {})


def is_new(uid: str) -> bool:
    """Whether a draft is of a record that is not there yet."""
    return uid.partition("-")[0] == NEW


def draft_of_new(kept: Mapping[str, str], begun: bool) -> str:
    """As what a new record is kept: as the newest that was ``begun`` and not saved, else apart from
    all of them. ``kept``: the drafts of its ledger, and when each was kept."""
    news = [uid for uid in kept if is_new(uid)]
    if begun and news:
        return max(news, key=lambda uid: (kept[uid], uid))
    further = (f"{NEW}-{number}" for number in itertools.count(2))
    return next(uid for uid in itertools.chain((NEW,), further) if uid not in news)


def remember(dialog: Dialog, drafts: Drafts, uid: str) -> None:
    """Keep what is typed into a dialog over a lock, by its entries as they stand; for one whose
    entries are always the same."""
    before = typed_into(dialog)

    def read() -> Raw:
        now = typed_into(dialog)
        return {"entries": now} if now != before else {}

    Typing(dialog, drafts, uid, read, lambda raw: put_into(dialog, raw["entries"]))


def remember_fields(dialog: Dialog, drafts: Drafts, uid: str, fields: Fields) -> None:
    """The same for a dialog whose entries are those of declared fields (`Fields`)."""
    Typing(dialog, drafts, uid, fields.changed, fields.set_raw)


def typed_into(dialog: Dialog) -> list[object]:
    """The state of each entry of a dialog whose entries are always the same, in the order they were
    made; never a password."""
    return [_state(entry) for entry in _entries(dialog)]


def put_into(dialog: Dialog, held: list[Any]) -> None:
    """Put such states back; a dialog with other entries by now is left as it is."""
    entries = _entries(dialog)
    if len(entries) != len(held):
        return
    for entry, state in zip(entries, held, strict=True):
        if state is not None and entry.isEnabled():
            _set_state(entry, state)


def _entries(dialog: Dialog) -> list[QWidget]:
    within = (QComboBox, QSpinBox)
    found = dialog.findChildren(QWidget)
    return [
        w for w in found
        if isinstance(w, (QLineEdit, QPlainTextEdit, QAbstractButton, *within))
        and not isinstance(w.parent(), within)
    ]


def _state(entry: QWidget) -> object:
    if isinstance(entry, QLineEdit):
        return entry.text() if entry.echoMode() == QLineEdit.EchoMode.Normal else None
    if isinstance(entry, QPlainTextEdit):
        return entry.toPlainText()
    if isinstance(entry, QComboBox):
        return entry.currentText()
    if isinstance(entry, QSpinBox):
        return entry.value()
    return entry.isChecked() if isinstance(entry, QAbstractButton) and entry.isCheckable() else None


def _set_state(entry: QWidget, state: Any) -> None:
    if isinstance(entry, QLineEdit):
        entry.setText(state)
    elif isinstance(entry, QPlainTextEdit):
        entry.setPlainText(state)
    elif isinstance(entry, QComboBox):
        at = entry.findText(state)
        if at >= 0:
            entry.setCurrentIndex(at)
        if entry.isEditable():
            entry.setCurrentText(state)
    elif isinstance(entry, QSpinBox):
        entry.setValue(state)
    elif isinstance(entry, QAbstractButton):
        entry.setChecked(state)
