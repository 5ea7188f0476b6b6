"""The form beside a list: one record's entries, its steps, what happened to it and what hangs under
it.

Saving is explicit (保存, Ctrl+S), since half a sentence must not reach a ledger; leaving without it
keeps a draft and asks nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QWidget

from db.errors import BadInput
from db.model import due_state
from db.model.declarations import Action
from db.model.records import Record
from desktop.ui.field_editors.editors import EditorContext
from desktop.ui.kit.jobs import FIRST, Job
from desktop.ui.kit.record_signs import moment_text
from desktop.ui.lists.columns import light_text
from desktop.ui.record_form import actions, record_bundle
from desktop.ui.record_form.children import Children
from desktop.ui.record_form.fields import starting_values
from desktop.ui.record_form.form_frame import FormFrame
from desktop.ui.record_form.record_bundle import ShownRecord
from desktop.ui.record_form.unsaved_entries import NEW, NOT_OWN, Drafts, Raw, draft_of_new

DRAFT_AFTER_MS = 3_000


class RecordForm(FormFrame):
    """Shows one record of a kind at a time, or an empty form for a new one."""

    saved = Signal(str)
    """The uid of the record that was saved."""
    dirty_changed = Signal(bool)

    def __init__(self, kind_name: str, context: EditorContext, parent: QWidget) -> None:
        super().__init__(kind_name, context, parent)
        self._drafts = Drafts(context.session, context.jobs, kind_name)
        self._cycle = context.session.kinds.lifecycle_of(self.kind)
        self._shown: ShownRecord | None = None
        self._uid: str | None = None
        self._new, self._new_as = False, NEW
        #: the draft that a new record would be gone on with is still being read
        self._unread = False
        self._asked_for: str | None = None
        self._was_dirty = False
        self._then_focus = False
        self._saving = self._was_refused = False
        #: where the person went while a save ran: a refused one stays, with what was typed
        self._next: Callable[[], None] | None = None
        self._wire()
        self.show_nothing()

    def _wire(self) -> None:
        self.action_bar.asked.connect(self.take_step)
        self._request.more.connect(self._show_evidence)
        self.fields.edited.connect(self._edited)
        self._tabs.currentChanged.connect(self._show_tab)
        self._discard.clicked.connect(self.discard)
        self._save.clicked.connect(lambda: self.save())
        self._safety = QTimer(self)
        self._safety.setSingleShot(True)
        self._safety.setInterval(DRAFT_AFTER_MS)
        self._safety.timeout.connect(self._write_draft)

    def _show_tab(self, at: int) -> None:
        self._pages.setCurrentIndex(at)
        if at == 2:
            self._show_children()

    def _show_evidence(self) -> None:
        """What was asked for, with its files, hangs under the record."""
        self._tabs.setCurrentIndex(2)

    def _show_children(self) -> None:
        """The lists of what hangs under the record, made when somebody looks at them."""
        if self._children_page is None or self._shown is None or self._tabs.currentIndex() != 2:
            return
        if self.children_lists is None:
            page, box = self._children_page
            self.children_lists = Children(self.kind.name, self._context, page)
            box.insertWidget(0, self.children_lists)
        shown = self._shown
        self.children_lists.show_children(shown.record, shown.children, shown.adds, shown.closed)

    # ---- what is shown

    @property
    def uid(self) -> str | None:
        """The record shown, None for a new one or none."""
        return self._uid

    @property
    def is_new(self) -> bool:
        """Whether a record that is not saved yet is filled in."""
        return self._new

    @property
    def dirty(self) -> bool:
        """Whether something was typed that is not saved."""
        return (self._uid is not None or self._new) and bool(self.fields.changed())

    def show_nothing(self) -> None:
        """No record: what was typed is kept as a draft."""
        if self._saving:
            self._next = self.show_nothing
            return
        self._keep_draft()
        self._uid, self._new, self._shown, self._asked_for = None, False, None, None
        self._body.hide()
        self._nothing.show()

    def show_record(self, uid: str, focus: bool = False) -> None:
        """Read and show a record; what was being typed in the one before is kept as its draft."""
        if self._saving and uid != self._uid:
            self._next = partial(self.show_record, uid, focus)
            return
        if uid == self._uid:
            self._next = None
            self._asked_for = uid  # not the one that was on its way, if the cursor came back
            if focus:
                self.focus_first()
            return
        self._keep_draft()
        self._then_focus = focus
        self._asked_for = uid
        self._read(uid, self._take)

    def refresh(self) -> None:
        """Read the record again after a change of the book; what is being typed stays."""
        uid = self._asked_for or self._uid
        if uid is not None:
            self._asked_for = uid
            self._read(uid, self._take_again if uid == self._uid else self._take)

    def new(self, values: dict[str, object] | None = None, draft: str = "") -> None:
        """An empty form, with what the declarations start it with, a copied row, or a ``draft``:
        the newest where none is named."""
        if self._saving:
            self._next = partial(self.new, values, draft)
            return
        if self._new and self.dirty and values is None and draft in ("", self._new_as):
            self._asked_for = None
            self.focus_first()  # it is being typed
            return
        self._keep_draft()
        self._new_as = draft or self._draft_of_new(values is None)
        self._unread = values is None
        self._uid, self._new, self._shown, self._asked_for = None, True, None, None
        self._nothing.hide()
        self._body.show()
        self._tabs.setCurrentIndex(0)
        self._tabs.setEnabled(False)
        self._say_children(0)
        self._title.setText(f"新建{self.kind.label}")
        self._signs.show_signs(None, None, "")
        self.action_bar.offer([])
        self._request.show_request(())
        self._banner.hide()
        self.fields.set_read_only(False)
        self._foot.show()
        self.fields.set_values({})
        start = starting_values(self.kind.all_fields, self._session)
        self.fields.set_values(start)
        if values is not None:
            self.fields.fill_in(values)
        else:
            own = self._new_as
            self._jobs.read(
                lambda job: self._drafts.read(own), partial(self._take_new_draft, own),
                failed=self._context.speaker.error, owner=self, order=FIRST,
            )
        self._refresh_foot()
        QTimer.singleShot(0, self, self.focus_first)

    def focus_first(self) -> None:
        """Put the cursor into the first field."""
        self._tabs.setCurrentIndex(0)
        self.fields.focus_first()

    def leave(self) -> bool:
        """Another page comes, or a lock: what was typed is kept, and nothing is asked."""
        if self._saving:  # a lock, or the end, does not wait to hear that it was refused
            self._drafts.keep(self._own_draft(), self.fields.changed(), lambda: self._was_refused)
        self._keep_draft()
        return True

    def _read(self, uid: str, take: Callable[[ShownRecord | None], None]) -> None:
        session, kind, drafts, people = (
            self._session, self.kind, self._drafts, self._context.window.people,
        )

        def read(job: Job) -> ShownRecord | None:
            return record_bundle.read(session, kind, uid, drafts, people)

        def still_wanted(found: ShownRecord | None) -> None:
            if uid == self._asked_for:  # nothing else was chosen or begun meanwhile
                take(found)

        self._jobs.read(
            read, still_wanted, failed=self._context.speaker.error, owner=self,
            key=("form", id(self)), order=FIRST,
        )

    def _take(self, found: ShownRecord | None) -> None:
        if found is None:
            self.show_nothing()
            return
        self._write_draft()  # of what was typed while this one was read
        self._uid, self._new = found.record.uid, False
        self._show(found)
        if found.draft and found.writable:
            self.fields.set_raw(found.draft["raw"])
            at = found.draft.get("at", "").replace("T", " ")[5:16]
            self._banner.setText(
                f"这里有 {at} 留存的草稿，还没有保存。可以接着改，或点“放弃修改”。"
                if found.draft["own"] else NOT_OWN
            )
            self._banner.show()
        self._refresh_foot()
        if self._then_focus:
            self.focus_first()

    def _take_again(self, found: ShownRecord | None) -> None:
        if found is None:
            self.show_nothing()
            return
        typed, put_back = self.fields.changed(), self.fields.cursor_stays()
        self._show(found)
        if found.writable:
            self.fields.set_raw(typed)
        put_back()
        self._refresh_foot()

    def _draft_of_new(self, begun: bool) -> str:
        return draft_of_new(self._context.window.drafts.at(self.kind.name), begun)

    def _take_new_draft(self, own: str, draft: Raw) -> None:
        if not self._new or self._new_as != own or not self._unread:
            return  # or it is what this form kept itself
        self._unread = False
        if not draft:
            return
        if self.fields.changed():
            self._new_as = self._draft_of_new(False)  # who typed sooner keeps both
        else:
            self.fields.set_raw(draft["raw"])
            again = "接着上次没有保存的内容。要重新填，点“放弃新建”。"
            self._banner.setText(again if draft["own"] else NOT_OWN)
            self._banner.show()
            self._refresh_foot()

    def _show(self, shown: ShownRecord) -> None:
        same = self._shown is not None and self._shown.record.uid == shown.record.uid
        self._shown = shown
        record = shown.record
        self._nothing.hide()
        self._body.show()
        self._tabs.setEnabled(True)
        self._title.setText(self._session.title_of(record))
        state = None
        if self._cycle is not None and record.state:
            declared = self._cycle.state(record.state)
            state = (declared.label, declared.tone)
        self._signs.show_signs(state, light_text(self.kind, shown.light), self._days_text(record))
        self.action_bar.offer(shown.possible, same=same)
        self._request.show_request(shown.request)
        notice = shown.why_not or shown.notice
        if notice == self.action_bar.hint:
            notice = ""  # stands there already
        notice = "\n".join(text for text in (notice, shown.contradictions) if text)
        self._banner.setText(notice)
        self._banner.setVisible(bool(notice))
        self.fields.set_values(record.values, record)
        self.fields.set_read_only(not shown.writable, shown.locked)
        self.timeline.show_events(shown.events)
        self._show_children()
        self._say_children(len(shown.children))
        self._foot.setVisible(shown.writable)

    def _say_children(self, count: int) -> None:
        if self._tabs.count() > 2:
            self._tabs.setTabText(2, f"下级记录 {count}" if count else "下级记录")

    def _days_text(self, record: Record) -> str:
        """How many days are left, for work that runs."""
        lights = self.kind.lights
        due = record.values.get(lights.deadline) if lights is not None else None
        if due is None or self._cycle is None or record.state not in self._cycle.open_states:
            return ""
        today = self._session.today
        pending = due_state.of(record, self.kind, self._cycle, today) == "pending"
        return due_state.days_text(due, today, pending=pending)

    # ---- typing, saving

    def _edited(self) -> None:
        self._refresh_foot()
        if not self._safety.isActive():
            self._safety.start()

    def _refresh_foot(self) -> None:
        dirty = self.dirty
        writable = self._new or (self._shown is not None and self._shown.writable)
        self._save.setEnabled(writable and (dirty or self._new) and not self._saving)
        self._discard.setVisible(dirty or self._new)
        self._discard.setEnabled(not self._saving)
        self._discard.setText("放弃新建" if self._new else "放弃修改")
        if dirty:
            self._status.setText("有修改未保存")
        elif self._shown is not None:
            record = self._shown.record
            by = self._context.window.people.get(record.updated_by, record.updated_by)
            self._status.setText(
                f"{by} {moment_text(record.updated_at)} 修改" if record.updated_at else ""
            )
        else:
            self._status.setText("")
        if dirty != self._was_dirty:
            self._was_dirty = dirty
            self.dirty_changed.emit(dirty)
            self._context.window.typing_changed.emit(dirty)

    def save(self, then: Callable[[], None] | None = None) -> None:
        """Check and keep what was typed; what is wrong is said beside each entry."""
        if self._saving or not (self._new or self._uid):
            return
        try:
            values = self.fields.values(only_changed=not self._new)
        except BadInput as error:
            self._tabs.setCurrentIndex(0)
            self._status.setText(error.message)
            return
        if self._new or values:
            self._keep(values, then)
        elif then is not None:
            then()

    def _keep(self, values: dict[str, object], then: Callable[[], None] | None) -> None:
        session, kind, uid = self._session, self.kind.name, self._uid
        entries = self.fields.entries()

        def write(job: Job) -> str:
            self._was_refused = True
            at = uid or session.add(kind, {n: v for n, v in values.items() if v is not None})
            if uid is not None:
                session.set(kind, uid, values)
            self._was_refused = False
            return at

        self._saving = True
        going, self._asked_for = self._asked_for, uid
        if going not in (None, uid):
            self._next = partial(self.show_record, going)
        self._refresh_foot()
        self._jobs.write(
            write, lambda found: self._saved(found, entries, then), failed=self._refused,
            owner=self,
        )

    def _saved(
        self, uid: str, entries: dict[str, object], then: Callable[[], None] | None
    ) -> None:
        """``entries``: as they stood when they were saved; what was typed since stays."""
        self._saving = False
        self._drafts.keep(self._own_draft(), {})
        was_new = self._new
        self._uid, self._new, self._asked_for = uid, False, uid
        self.fields.now_kept(entries)
        self._context.window.toast(f"已{'新建' if was_new else '保存'}", undo=True)
        go, self._next = self._next, None
        if go is None:
            self._read(uid, self._take_again)
            self.saved.emit(uid)
        else:
            go()
        if then is not None:
            then()

    def _refused(self, error: Exception) -> None:
        self._saving, self._next = False, None
        self._refresh_foot()
        marked = isinstance(error, BadInput) and self.fields.mark(error.problems)
        if marked:
            self._tabs.setCurrentIndex(0)
            self._status.setText("没有保存，见红字。")
        if not self.isVisible():
            self._write_draft()
        if not marked or not self.isVisible():
            self._context.window.error(error)

    def discard(self) -> None:
        """Forget what was typed since the last save; a new record is given up."""
        self._drafts.keep(self._own_draft(), {})
        if self._new:
            self.fields.set_values({})
            self._new = False
            self.show_nothing()
            self._refresh_foot()
        elif self._shown is not None:
            self._shown.draft = {}
            self._show(self._shown)
            self._refresh_foot()

    def _write_draft(self) -> None:
        """Every so often while somebody types, so that a power cut loses a few seconds of it."""
        if self.dirty and not self._saving:
            self._drafts.keep(self._own_draft(), self.fields.changed())

    def _own_draft(self) -> str:
        """Under what a draft of what is shown is kept; never over one that was not read yet."""
        if self._new and self._unread:
            self._new_as, self._unread = self._draft_of_new(False), False
        return self._new_as if self._new else self._uid or NEW

    def _keep_draft(self) -> None:
        if self._saving or not self.dirty:
            return
        self._write_draft()
        self._context.window.toast("没有保存的修改已留为草稿，回到这里可以接着改。")

    # ---- steps

    def take_step(self, action: Action) -> None:
        """Take a step of the lifecycle; what was typed is saved first."""
        if self.dirty:
            self.save(then=lambda: self._ask_step(action))
        else:
            self._ask_step(action)

    def _ask_step(self, action: Action) -> None:
        if self._shown is None or self._uid is None:
            return
        record = self._shown.record
        step = actions.Step(self.kind, action, record.values, self._title.text(), record.uid)
        given = actions.ask(self, self._context, step)
        if given is None:
            return
        session, kind, uid = self._session, self.kind.name, record.uid

        def move(job: Job) -> None:
            session.take_step(kind, uid, action.name, given.note, given.asked, given.on)

        self._jobs.write(
            move, lambda _: self._context.window.toast(f"已{action.label}", undo=True),
            failed=self._context.window.error, owner=self, label=f"正在{action.label}",
        )
