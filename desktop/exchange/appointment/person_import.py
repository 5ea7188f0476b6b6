"""Appointment forms into the personnel book: what would change, then all of it as one change, or
nothing.

Every function asks for the key of the personnel book before it looks at anything."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec

from db.domain import appointment
from db.domain.appointment import FileRemainder, FormKinds, keeper, kept_text, meaning
from db.errors import BadInput, Problem
from db.model.declarations import Kind
from db.model.fieldtypes import Attachment, type_of
from db.model.ids import new_uid
from db.model.query import Query, Where
from db.model.records import Record
from db.rules import validate
from db.session import Session
from desktop.exchange.appointment.access import forms_of, photo_field
from desktop.exchange.appointment.lrmx import AppointmentFile, image_kind, read
from desktop.exchange.appointment.person_rows import RowLine, RowsBelow, shown
from desktop.exchange.format import exchange_tables
from desktop.exchange.format.cells import FieldValues
from desktop.exchange.format.exchange_tables import Json

SOURCE = "appointment"
NEW = "new"


@dataclass(frozen=True)
class Line:
    """One value that would be written: what it is, as people read it before and after."""

    key: str
    label: str
    old: str
    new: str
    value: Any = field(compare=False, default=None)


class Candidate(msgspec.Struct, frozen=True):
    """A cadre of the book whom the file may be about."""

    uid: str
    title: str
    detail: str
    sure: bool


@dataclass(frozen=True)
class Proposal:
    """What taking a file in would do to one cadre (``target``), or to a new one (None)."""

    file: str
    name: str
    form: AppointmentFile
    candidates: tuple[Candidate, ...]
    target: str | None
    lines: tuple[Line, ...]
    relatives: tuple[RowLine, ...]
    posts: tuple[RowLine, ...]
    remarks: tuple[str, ...]
    problems: tuple[Problem, ...]
    kept: FileRemainder
    #: Of the file as it lay on disk, for the history.
    sha256: str = ""
    #: The file as it lay on disk, to be kept with the cadre.
    original: bytes = field(default=b"", repr=False, compare=False)

    def without(self, leave: frozenset[str]) -> Proposal:
        """Less the lines of these keys."""
        return replace(
            self, lines=tuple(line for line in self.lines if line.key not in leave),
            relatives=tuple(row for row in self.relatives if row.key not in leave),
            posts=tuple(row for row in self.posts if row.key not in leave),
        )  # fmt: skip

    @property
    def must_choose(self) -> bool:
        """Whether a person must say who it is: somebody of that name and birth month is there, and
        no identity number tells."""
        return any(not c.sure for c in self.candidates)

    def to_json(self) -> Json:
        """For the command line; identity numbers are masked."""
        return {
            "file": self.file, "name": self.name, "target": self.target,
            "candidates": [
                {"uid": c.uid, "title": c.title, "detail": c.detail, "sure": c.sure}
                for c in self.candidates
            ],
            "changes": [
                {"field": x.key, "label": x.label, "old": x.old, "new": x.new} for x in self.lines
            ],
            "relatives": [{"text": r.text, "old": r.old} for r in self.relatives],
            "posts": [{"text": r.text} for r in self.posts], "remarks": list(self.remarks),
            "errors": [{"field": p.field, "message": p.message} for p in self.problems],
        }  # fmt: skip


class Accepted(msgspec.Struct, frozen=True):
    """What was taken in: the cadre, the id of the import, how many fields, relatives and posts were
    written."""

    uid: str
    import_id: str
    fields: int
    relatives: int
    posts: int


def preview(session: Session, path: Path, target: str | None = None) -> Proposal:
    """Look at a file: whom it is about and what would change. ``target`` is a cadre's uid, "new",
    or None to be found."""
    forms_of(session, write=True)
    proposal = propose(session, read(path), path.name, target)
    data = path.read_bytes()
    return replace(proposal, sha256=hashlib.sha256(data).hexdigest(), original=data)


def propose(
    session: Session, form: AppointmentFile, file: str, target: str | None = None
) -> Proposal:
    """The same for a form read already."""
    forms = forms_of(session, write=True)
    values, kept, remarks, problems = _values(session, forms, form)
    name = str(values.get(forms.person.title) or "")
    if not name:
        raise BadInput(f"「{file}」没有姓名，不能导入。请用任免审批表程序补填后再试。")
    candidates = _candidates(session, forms, values)
    chosen = _chosen(session, forms, candidates, target)
    record = session.get(forms.person.name, chosen) if chosen else None
    lines = _lines(session, forms.person, values, record)
    changed = {line.key: line.value for line in lines}
    lines += _photo_line(forms, form, record)
    below = RowsBelow(session, forms, record, remarks, problems)
    relatives, kept.items = below.relatives(form)
    posts = below.posts(values)
    before = record.values if record else {f.name: None for f in forms.person.all_fields}
    full = {**before, **changed}
    try:
        validate.check(session, forms.person, full, changed, record)
    except BadInput as error:
        problems += [p for p in error.problems if p not in problems]
    remarks += appointment.disagreements(forms.person, full)
    return Proposal(
        file, name, form, tuple(candidates), chosen, tuple(lines), tuple(relatives), tuple(posts),
        (*form.remarks, *remarks), tuple(problems), kept,
    )  # fmt: skip


def _chosen(
    session: Session, forms: FormKinds, candidates: list[Candidate], target: str | None
) -> str | None:
    """The cadre whom a file is about: the one named, else the one who is sure or the only one."""
    if target == NEW:
        return None
    if target is not None:
        return session.must_get(forms.person.name, target).uid
    if candidates and (candidates[0].sure or len(candidates) == 1):
        return candidates[0].uid
    return None


def _photo_line(forms: FormKinds, form: AppointmentFile, record: Record | None) -> list[Line]:
    if not form.photo or _same_photo(form, record, forms):
        return []
    field_ = photo_field(forms)
    old = "原有照片" if record and record.values.get(field_.name) else ""
    return [Line(field_.name, field_.label, old, "新照片")]


def _values(
    session: Session, forms: FormKinds, form: AppointmentFile
) -> tuple[FieldValues, FileRemainder, list[str], list[Problem]]:
    """Values by field, what is kept beside them, remarks and problems."""
    values: FieldValues = {}
    kept = FileRemainder(
        order=list(form.order), unknown=list(form.unknown), attributes=dict(form.attributes),
        other=dict(form.other),
    )
    remarks: list[str] = []
    problems: list[Problem] = []
    for tag, text in form.texts.items():
        declared = forms.tags.get(tag)
        if declared is None:
            kept.texts[tag] = text
            continue
        value, remark = meaning(declared, text, session.names)
        if type_of(declared).secret and remark:
            problems.append(Problem(declared.name, remark))
        elif remark:
            remarks.append(remark)
        if value is not None:
            values[declared.name] = value
        if appointment.written(declared, value, session.names) != text:
            kept.texts[tag] = text
    return values, kept, remarks, problems


def _candidates(session: Session, forms: FormKinds, values: FieldValues) -> list[Candidate]:
    kind, page = forms.person, forms.person.dossier
    assert page is not None
    identity, born = values.get(page.known_by), values.get(page.born)
    if identity:
        found = session.find(Query(kind=kind.name, where=(Where(page.known_by, "eq", identity),)))
        if found:
            return [_candidate(session, kind, r, True) for r in found]

    def may_be(record: Record) -> bool:
        known, birth = record.values.get(page.known_by), record.values.get(page.born)
        if identity and known and known != identity:
            return False
        return born is None or birth in (None, born)

    alike = session.find(
        Query(kind=kind.name, where=(Where(kind.title, "eq", values[kind.title]),))
    )
    return [_candidate(session, kind, r, False) for r in alike if may_be(r)]


def _candidate(session: Session, kind: Kind, record: Record, sure: bool) -> Candidate:
    assert kind.dossier is not None
    parts = [
        session.text(record, name) for name in (kind.dossier.born, kind.unit, kind.dossier.subtitle)
        if name
    ]
    return Candidate(record.uid, session.title_of(record), "　".join(p for p in parts if p), sure)


def _lines(
    session: Session, kind: Kind, values: Mapping[str, object], record: Record | None
) -> list[Line]:
    found = []
    for declared in kind.fields:
        if declared.name not in values:
            continue
        new, old = values[declared.name], record.values.get(declared.name) if record else None
        if new != old:
            found.append(
                Line(
                    declared.name, declared.label, shown(session, declared, old),
                    shown(session, declared, new), new,
                )
            )
    return found


def _same_photo(form: AppointmentFile, record: Record | None, forms: FormKinds) -> bool:
    have: tuple[Attachment, ...] = (
        (record.values.get(photo_field(forms).name) or ()) if record else ()
    )
    return any(a.sha256 == hashlib.sha256(form.photo).hexdigest() for a in have)


def accept(
    session: Session, proposal: Proposal, *, leave: frozenset[str] = frozenset(),
    choose: str | None = None,
) -> Accepted:
    """Write what was proposed, less the lines whose keys are in ``leave``: one change, which can be
    taken back as one.

    ``choose`` is the uid of a candidate or "new" where a person had to say who it is. Raises
    ``BadInput`` with every problem."""
    forms = forms_of(session, write=True)
    proposal = _as_chosen(session, proposal, choose)
    validate.complain([p for p in proposal.problems if p.field not in leave])
    import_id = new_uid()
    label = f"导入任免审批表：{proposal.name}"
    with session.atomic(SOURCE, label, import_id=import_id):
        # Somebody may have written since it was looked at.
        fresh = propose(session, proposal.form, proposal.file, proposal.target or NEW)
        fresh = replace(fresh, sha256=proposal.sha256, original=proposal.original).without(leave)
        uid = _write_person(session, forms, fresh)
        _write_rows(session, forms.relative, fresh.relatives, uid)
        if forms.post is not None:
            _write_rows(session, forms.post, fresh.posts, uid)
        _keep_import(session, forms, fresh, import_id)
    lines = len(fresh.lines)
    return Accepted(uid, import_id, lines, len(fresh.relatives), len(fresh.posts))


def _as_chosen(session: Session, proposal: Proposal, choose: str | None) -> Proposal:
    """The proposal for the cadre whom a person named."""
    if choose is not None and choose != (proposal.target or NEW):
        again = propose(session, proposal.form, proposal.file, choose)
        return replace(again, sha256=proposal.sha256, original=proposal.original)
    if choose is None and proposal.must_choose:
        raise BadInput(f"台账中已有同名的「{proposal.name}」，请先说明是同一人还是另一人，再导入。")
    return proposal


def _write_person(session: Session, forms: FormKinds, proposal: Proposal) -> str:
    """Write the cadre, with the form's photo and what is kept of the file; the uid."""
    values = {line.key: line.value for line in proposal.lines}
    photo, form = photo_field(forms), proposal.form
    if photo.name in values:
        name = f"照片.{image_kind(form.photo)}"
        values[photo.name] = (session.attach(forms.person.name, form.photo, name),)
    record = session.must_get(forms.person.name, proposal.target) if proposal.target else None
    written = {
        **values, keeper(forms.person).name: kept_text(proposal.kept),
        **_original(session, forms, proposal, record),
    }
    if record is None:
        return session.add_checked(forms.person, written)
    session.set_checked(record, written)
    return record.uid


def _write_rows(session: Session, kind: Kind, rows: Sequence[RowLine], parent: str) -> None:
    for row in rows:
        if row.uid is None:
            session.add_checked(kind, row.values, parent=parent)
        else:
            session.set_checked(session.must_get(kind.name, row.uid), row.values)


def _keep_import(session: Session, forms: FormKinds, proposal: Proposal, import_id: str) -> None:
    """Into the history of imports."""
    entry = session.transaction(forms.person.book)
    entry.note("import", f"{proposal.file} {proposal.name} {import_id}")
    written = [proposal.target, *(row.uid for row in (*proposal.relatives, *proposal.posts))]
    added = written.count(None)
    counts = {"added": added, "updated": len(written) - added}
    report = {"refused": [], "errors": [], "remarks": list(proposal.remarks)}
    exchange_tables.save_import(entry, exchange_tables.Import(
        import_id, entry.at, entry.by, proposal.file, proposal.sha256, None, proposal.name,
        {"unchanged": 0, "refused": 0, "conflicts": 0, "errors": 0, **counts}, report,
        entry.change.id if entry.change else None,
    ))  # fmt: skip


def _original(
    session: Session, forms: FormKinds, proposal: Proposal, record: Record | None
) -> FieldValues:
    """The file itself beside those kept before, so that what the program does not know is never
    lost; the same one not twice."""
    kept = appointment.originals(forms.person)
    have: tuple[Attachment, ...] = (
        (record.values.get(kept.name) or ()) if record is not None and kept is not None else ()
    )
    if kept is None or not proposal.original or any(a.sha256 == proposal.sha256 for a in have):
        return {}
    return {kept.name: (*have, session.attach(forms.person.name, proposal.original, proposal.file))}
