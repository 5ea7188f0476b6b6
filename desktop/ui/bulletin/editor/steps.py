"""Steps of a bulletin: sent in, checked, issued; and what is asked before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from db.access import roles
from db.model.declarations import Action
from db.session import Session
from desktop.bulletin.issue import bulletins, editor_view, issuing, word_reimport
from desktop.bulletin.issue.word_reimport import WordEdits
from desktop.bulletin.masking import ledger_names
from desktop.ui.bulletin.editor.card import DraftCard
from desktop.ui.bulletin.editor.official_dialog import IssueDialog, OfficialDialog
from desktop.ui.bulletin.editor.page import DraftPage
from desktop.ui.bulletin.editor.word_reimport_dialog import BackDialog, ask_file
from desktop.ui.kit.messages import Dialog, ask_text
from desktop.ui.kit.page import SaveFirst

if TYPE_CHECKING:
    from desktop.bulletin.issue.bulletins import OpenBulletin
    from desktop.bulletin.issue.differences import Difference
    from desktop.bulletin.issue.editor_view import View
    from desktop.bulletin.issue.issuing import IssuePreview

MOST_TOLD = 5
"""So many differences are named in a question."""


@dataclass(frozen=True)
class Going:
    """What a person answered before a bulletin goes out: the parts set otherwise, whether they
    need a second person again, the opinion."""

    changed: Mapping[str, str]
    back: bool
    note: str


class DraftSteps:
    """``save`` keeps what is typed and goes on once it is kept: a step is taken of no text that
    was refused. ``again`` shows the bulletin as it is then, ``issued`` where it stands once it went
    out."""

    def __init__(
        self, page: DraftPage, save: SaveFirst, again: Callable[[str], None],
        issued: Callable[[str], None],
    ) -> None:
        self._page, self._save, self._again, self._issued = page, save, again, issued

    def take(self, uid: str, action: Action, view: View | None) -> None:
        """Ask what the step needs, then take it."""
        found = view.differences if view is not None else ()
        moved = any(each.drafted for each in found)
        following = _issuing_after(self._page.session, action) if not moved else None
        if following is not None or (action.name == "issue" and not moved):
            self._save(lambda: self._show_going(uid, action, following, found))
            return
        note = ""
        if action.note == "required" or "note" in action.set.values():
            asked = ask_text(
                self._page, action.label, f"{action.label}的说明：", action.label,
                required=action.note == "required",
            )
            if asked is None:
                return
            note = asked
        session = self._page.session

        def step() -> None:
            bulletins.take_step(session, uid, action.name, note)

        self._save(lambda: self._write(uid, f"正在{action.label}", step, f"已{action.label}。"))

    def _show_going(
        self, uid: str, action: Action, following: Action | None, found: Sequence[Difference]
    ) -> None:
        """Show with what it goes out and what is out already, then issue it; or let it through and
        issue it at once, where the same person may do both."""
        session, page = self._page.session, self._page

        def show(going: IssuePreview) -> None:
            dialog = IssueDialog(page, going, *_out_already(found), check=following is not None)
            accepted = dialog.exec() == Dialog.DialogCode.Accepted
            steps = [action] if following is None or dialog.only_checked else [action, following]
            answer = Going(dialog.changed(), dialog.sent_back(), dialog.opinion.text().strip())
            dialog.deleteLater()
            if accepted:
                self._go(uid, steps, answer, bool(found))

        page.jobs.read(
            lambda job: issuing.going_out(session, uid), show, failed=page.window_.error,
            owner=page,
        )

    def _go(self, uid: str, steps: Sequence[Action], answer: Going, correction: bool) -> None:
        """Take the steps, or send it back for what was changed."""
        session, label = self._page.session, "、".join(each.label for each in steps)

        def step() -> None:
            if answer.changed:
                issuing.set_parts(session, uid, answer.changed)
            for each in [] if answer.back else steps:
                note = answer.note if each.name != "issue" else ""
                bulletins.take_step(session, uid, each.name, note, correction=correction)

        said = "公文要素已改，请重新送审、核稿后再印发。" if answer.back else f"已{label}。"
        out = not answer.back and steps[-1].name == "issue"
        self._write(uid, f"正在{label}", step, said, self._issued if out else self._again)

    def set_supplement(self, uid: str, on: bool) -> None:
        """Whether it is a supplement, which is numbered apart."""
        session = self._page.session

        def step() -> None:
            bulletins.set_supplement(session, uid, on)

        self._write(uid, "正在保存", step)

    def ask_parts(self, found: OpenBulletin | None) -> None:
        """The parts of the paper beside its text: shown as they are printed, and kept."""
        session, page = self._page.session, self._page
        uid = found.record.uid if found is not None else None

        def show(parts: Mapping[str, str]) -> None:
            dialog = OfficialDialog(page, parts)
            changed = dialog.changed() if dialog.exec() == Dialog.DialogCode.Accepted else {}
            dialog.deleteLater()
            if changed and uid is not None:
                self._write(
                    uid, "正在保存", lambda: issuing.set_parts(session, uid, changed),
                    "公文要素已保存。",
                )

        def read() -> None:
            if uid is not None:
                page.jobs.read(
                    lambda job: issuing.parts_of(session, uid), show, failed=page.window_.error,
                    owner=page,
                )

        self._save(read)

    def hide_word(self, word: str, then: Callable[[], None]) -> None:
        """A word of the text that every masked edition hides from now on."""
        page = self._page
        page.jobs.write(
            lambda job: ledger_names.remember_word(page.session, word), lambda _: then(),
            failed=page.window_.error, owner=page,
        )

    def fetch(self, found: OpenBulletin | None, card: DraftCard, typed: Callable[[], None]) -> None:
        """Bring in the draft that was edited in an office program: what it would change is shown,
        then stands in the card as if ``typed``."""
        page, session = self._page, self._page.session
        path = ask_file(page) if found is not None else None
        if found is None or path is None:
            return
        record = editor_view.trial(found.record, card.head.text().strip(), card.body.body())

        def show(back: WordEdits) -> None:
            if page.opened is None or page.opened.record.uid != record.uid:
                return  # another draft was chosen meanwhile
            dialog = BackDialog(page, back)
            if dialog.exec() == Dialog.DialogCode.Accepted:
                card.take_back(back.title, back.body)
                typed()
            dialog.deleteLater()

        page.jobs.read(
            lambda job: word_reimport.read_word_edits(session, record, path), show,
            failed=page.window_.error, owner=page,
        )

    def _write(
        self, uid: str, word: str, step: Callable[[], None], said: str = "",
        then: Callable[[str], None] | None = None,
    ) -> None:
        page, then = self._page, then or self._again

        def done(_: object) -> None:
            if said:
                page.window_.toast(said)
            then(uid)

        def failed(error: Exception) -> None:
            page.window_.error(error)
            self._again(uid)

        page.jobs.write(lambda job: step(), done, failed=failed, owner=page, label=word)


def _issuing_after(session: Session, action: Action) -> Action | None:
    """The step that issues what this one lets through, if this person may take it."""
    cycle = session.kinds.lifecycle_of(session.kinds.get(issuing.KIND))
    following = cycle.actions if cycle is not None and action.tone != "red" else ()
    return next(
        (
            each for each in following
            if each.name == "issue" and action.to in each.from_
            and roles.may_take_step(session.role, each)
        ),
        None,
    )


def _out_already(found: Sequence[Difference]) -> tuple[str, str]:
    """What is said of an issued bulletin of the same period, and the button by which this one goes
    out all the same."""
    if not found:
        return "", "印发"
    messages = [each.message for each in found[:MOST_TOLD]]
    more = ["……"] if len(found) > MOST_TOLD else []
    if not any(each.figure for each in found):
        return "；\n".join(messages) + "。再印一期，两期都在档案里，期号接着排。", "再印一期"
    return (
        f"有 {len(found)} 处与本期已经印发的不同：\n" + "\n".join([*messages, *more])
        + "\n作为更正印发的，标题注明“更正”，文首写明更正哪一期；原来那一期仍在档案里，"
        "应当作废的，请先撤回它，再印发这一份。"
    ), "作为更正印发"
