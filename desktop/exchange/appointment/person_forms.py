"""Appointment forms into and out of the personnel book: what would change, then all of it as one
change, or nothing.

Every function asks for the key of the personnel book before it looks at anything.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from db.access import roles
from db.domain import appointment, resume
from db.domain.appointment import FormKinds, Kept, form_kinds, keeper, kept_of, kept_text, meaning
from db.errors import BadInput, Problem, WorkFailed
from db.model import rules
from db.model.declarations import Field, Kind
from db.model.fieldtypes import Attachment, of
from db.model.ids import new_uid
from db.model.query import Query, Where
from db.model.records import Record
from db.rules import validate
from db.session import Session
from desktop.exchange.appointment.lrmx import (
    FAMILY,
    PHOTO,
    USUAL_ITEMS,
    VERSION,
    AppointmentFile,
    image_kind,
    read,
    write_lrmx,
)
from desktop.exchange.format import exchange_tables

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


@dataclass(frozen=True)
class RowLine:
    """A relative or a post that would be added or changed; ``uid`` is None for a new one."""

    key: str
    uid: str | None
    text: str
    old: str
    values: dict[str, Any]


@dataclass(frozen=True)
class Candidate:
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
    kept: Kept
    #: Of the file as it lay on disk, for the history.
    sha256: str = ""
    #: The file as it lay on disk, to be kept with the cadre.
    original: bytes = field(default=b"", repr=False, compare=False)

    @property
    def must_choose(self) -> bool:
        """Whether a person must say who it is: somebody of that name and birth month is there, and
        no identity number tells."""
        return any(not c.sure for c in self.candidates)

    def to_json(self) -> dict[str, Any]:
        """For the command line; identity numbers are masked."""
        return {
            "file": self.file, "name": self.name, "target": self.target,
            "candidates": [{"uid": c.uid, "title": c.title, "detail": c.detail, "sure": c.sure} for c in self.candidates],
            "changes": [{"field": x.key, "label": x.label, "old": x.old, "new": x.new} for x in self.lines],
            "relatives": [{"text": r.text, "old": r.old} for r in self.relatives],
            "posts": [{"text": r.text} for r in self.posts],
            "remarks": list(self.remarks), "errors": [{"field": p.field, "message": p.message} for p in self.problems],
        }  # fmt: skip


@dataclass(frozen=True)
class Accepted:
    """What was taken in: the cadre, the id of the import, how many fields, relatives and posts were
    written."""

    uid: str
    import_id: str
    fields: int
    relatives: int
    posts: int


def _forms(session: Session, *, write: bool) -> FormKinds:
    forms = form_kinds(session.kinds)
    session.book_of(forms.person.name)
    if write:
        roles.check_write(session.role, forms.person)
    return forms


def preview(session: Session, path: Path, target: str | None = None) -> Proposal:
    """Look at a file: whom it is about and what would change. ``target`` is a cadre's uid, "new",
    or None to be found."""
    _forms(session, write=True)
    proposal = propose(session, read(path), path.name, target)
    data = path.read_bytes()
    return replace(proposal, sha256=hashlib.sha256(data).hexdigest(), original=data)


def propose(
    session: Session, form: AppointmentFile, file: str, target: str | None = None
) -> Proposal:
    """The same for a form read already."""
    forms = _forms(session, write=True)
    values, kept, remarks, problems = _values(session, forms, form)
    name = str(values.get(forms.person.title) or "")
    if not name:
        raise BadInput(f"「{file}」没有姓名，不能导入。请用任免审批表程序补填后再试。")
    candidates = _candidates(session, forms, values)
    chosen: str | None = None
    if target is not None and target != NEW:
        chosen = session.must_get(forms.person.name, target).uid
    elif target is None and candidates:
        chosen = candidates[0].uid if candidates[0].sure or len(candidates) == 1 else None
    record = session.get(forms.person.name, chosen) if chosen else None
    lines = _lines(session, forms.person, values, record)
    if form.photo and not _same_photo(form, record, forms):
        field_ = _photo_field(forms)
        old = "原有照片" if record and record.values.get(field_.name) else ""
        lines.append(Line(field_.name, field_.label, old, "新照片"))
    relatives, kept.items = _relatives(session, forms, form, record, remarks, problems)
    posts = _posts(session, forms, values, record, remarks)
    changed = {line.key: line.value for line in lines if line.key != _photo_field(forms).name}
    full = {
        **(record.values if record else {f.name: None for f in forms.person.all_fields}), **changed,
    }
    try:
        validate.check(session, forms.person, full, changed, record)
    except BadInput as error:
        problems += [p for p in error.problems if p not in problems]
    remarks += appointment.disagreements(forms.person, full)
    return Proposal(
        file, name, form, tuple(candidates), chosen, tuple(lines), tuple(relatives), tuple(posts),
        (*form.remarks, *remarks), tuple(problems), kept,
    )  # fmt: skip


def _values(
    session: Session, forms: FormKinds, form: AppointmentFile
) -> tuple[dict[str, Any], Kept, list[str], list[Problem]]:
    """Values by field, what is kept beside them, remarks and problems."""
    values: dict[str, Any] = {}
    kept = Kept(
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
        if of(declared).secret and remark:
            problems.append(Problem(declared.name, remark))
        elif remark:
            remarks.append(remark)
        if value is not None:
            values[declared.name] = value
        if appointment.written(declared, value, session.names) != text:
            kept.texts[tag] = text
    return values, kept, remarks, problems


def _candidates(session: Session, forms: FormKinds, values: Mapping[str, Any]) -> list[Candidate]:
    kind, page = forms.person, forms.person.dossier
    assert page is not None
    identity = values.get(page.known_by)
    if identity:
        found = session.find(Query(kind=kind.name, where=(Where(page.known_by, "eq", identity),)))
        if found:
            return [_candidate(session, kind, r, True) for r in found]
    alike = session.find(
        Query(kind=kind.name, where=(Where(kind.title, "eq", values[kind.title]),))
    )
    born = values.get(page.born)
    return [
        _candidate(session, kind, r, False) for r in alike
        if (born is None or r.values.get(page.born) in (None, born))
        and not (identity and r.values.get(page.known_by) and r.values[page.known_by] != identity)
    ]  # fmt: skip


def _candidate(session: Session, kind: Kind, record: Record, sure: bool) -> Candidate:
    assert kind.dossier is not None
    parts = [
        session.text(record, name)
        for name in (kind.dossier.born, kind.unit, kind.dossier.subtitle)
        if name
    ]
    return Candidate(record.uid, session.title_of(record), "　".join(p for p in parts if p), sure)


def _lines(
    session: Session, kind: Kind, values: Mapping[str, Any], record: Record | None
) -> list[Line]:
    found = []
    for declared in kind.fields:
        if declared.name not in values:
            continue
        new, old = values[declared.name], record.values.get(declared.name) if record else None
        if new != old:
            found.append(
                Line(
                    declared.name, declared.label, _shown(session, declared, old),
                    _shown(session, declared, new), new,
                )
            )
    return found


def _shown(session: Session, declared: Field, value: Any) -> str:
    return of(declared).shown(value, declared, session.names)


def _photo_field(forms: FormKinds) -> Field:
    return forms.tags[PHOTO]


def _same_photo(form: AppointmentFile, record: Record | None, forms: FormKinds) -> bool:
    have: tuple[Attachment, ...] = (
        (record.values.get(_photo_field(forms).name) or ()) if record else ()
    )
    return any(a.sha256 == hashlib.sha256(form.photo).hexdigest() for a in have)


def _relatives(
    session: Session,
    forms: FormKinds,
    form: AppointmentFile,
    record: Record | None,
    remarks: list[str],
    problems: list[Problem],
) -> tuple[list[RowLine], list[dict[str, str] | None]]:
    """Relatives to be written, and for each line of the file what became of it."""
    kind = forms.relative
    have = session.children(record.uid, kind.name) if record else []
    left = {r.uid: r for r in have}
    rows: list[RowLine] = []
    items: list[dict[str, str] | None] = []
    needed = [f.name for f in kind.fields if f.required]
    place = next((f.name for f in kind.fields if of(f).whole), None)
    for number, item in enumerate(form.family):
        values: dict[str, Any] = {}
        kept = Kept()
        for tag, text in item.items():
            declared = forms.relative_tags.get(tag)
            value, _ = meaning(declared, text, session.names) if declared else (None, "")
            if declared and value is not None:
                values[declared.name] = value
            if declared is None or appointment.written(declared, value, session.names) != text:
                kept.texts[tag] = text
        kept.order = [] if tuple(item) == tuple(forms.relative_tags) else list(item)
        if any(values.get(n) is None for n in needed):
            items.append(dict(item))
            if any(t.strip() for t in item.values()):
                missing = "、".join(kind.field(n).label for n in needed if values.get(n) is None)
                remarks.append(
                    f"家庭成员第 {number + 1} 行没有{missing}，不登记为家庭成员，导出时原样写回。"
                )
            continue
        items.append(None)
        values[keeper(kind).name] = kept_text(kept)
        if place:
            values[place] = len(rows) + 1
        same = _same_relative(left.values(), kind, values, needed)
        if same is not None:
            left.pop(same.uid)
        text = "　".join(
            _shown(session, f, values.get(f.name))
            for f in forms.relative_tags.values()
            if values.get(f.name)
        )
        old = "　".join(_shown(session, f, same.values.get(f.name)) for f in forms.relative_tags.values()
                       if same.values.get(f.name)) if same else ""  # fmt: skip
        full = {**{f.name: None for f in kind.all_fields}, **values}
        try:
            validate.check(session, kind, full, values, same)
        except BadInput as error:
            problems += [
                Problem(p.field, f"家庭成员第 {number + 1} 行：{p.message}") for p in error.problems
            ]
        rows.append(RowLine(f"{kind.name}.{number}", same.uid if same else None, text, old, values))
    if left:
        names = "、".join(session.title_of(r) for r in left.values())
        remarks.append(f"台账中的家庭成员{names}不在文件里，保留不动。")
    return rows, items


def _same_relative(
    have: Any, kind: Kind, values: Mapping[str, Any], needed: list[str]
) -> Record | None:
    records: list[Record] = list(have)
    for names in (needed, [kind.title]):
        for record in records:
            if all(record.values.get(n) == values.get(n) for n in names):
                return record
    return None


def _posts(
    session: Session,
    forms: FormKinds,
    values: Mapping[str, Any],
    record: Record | None,
    remarks: list[str],
) -> list[RowLine]:
    """Posts that the resume tells of and the ledger does not have."""
    page = forms.person.dossier
    text = values.get(forms.tags["JianLi"].name) if "JianLi" in forms.tags else None
    if not text or forms.post is None or page is None or page.career is None:
        return []
    _, unit, start, end = page.career
    have = session.children(record.uid, forms.post.name) if record else []
    spans = [
        (p.values[start], p.values.get(end) or dt.date.max) for p in have if p.values.get(start)
    ]
    known = {begin.isoformat()[:7] for begin, _ in spans}
    about = {**(record.values if record else {}), **values}

    def of_person(name: str) -> Any:
        return about.get(name.partition(".")[2])

    rows: list[RowLine] = []
    for number, line in enumerate(resume.parse(text)):
        if line.since is None or line.is_study or not line.text or line.since in known:
            continue
        begin = dt.date.fromisoformat(f"{line.since}-01")
        until = dt.date.fromisoformat(f"{line.until}-01") if line.until else None
        if until is not None and until < begin:
            remarks.append(
                f"简历第 {number + 1} 行的止月早于起月，没有转成任职：{line.text[:20]}。"
            )
            continue
        if any(begin < b and a < (until or dt.date.max) for a, b in spans):
            remarks.append(
                f"简历第 {number + 1} 行与另一段任职时间重叠，没有转成任职：{line.text[:20]}。"
            )
            continue
        spans.append((begin, until or dt.date.max))
        where, post = _split_post(session, line.text)
        title = forms.post.field(forms.post.title)
        found = {title.name: post[:500], start: begin, end: until, unit: where}
        born = values.get(page.born)
        if born and line.since < f"{int(born[:4]) + 14}{born[4:]}":
            remarks.append(f"简历第 {number + 1} 行早于14周岁，没有转成任职：{line.text[:20]}。")
            continue
        wrong = rules.check(forms.post, found, session.today, of_person)
        if wrong:
            remarks.append(
                f"简历第 {number + 1} 行没有转成任职（{line.text[:20]}）：{wrong[0].message}"
            )
            continue
        rows.append(
            RowLine(f"{forms.post.name}.{number}", None, f"{line.period}　{line.text}", "", found)
        )
    return rows


def _split_post(session: Session, text: str) -> tuple[str | None, str]:
    """The unit a line begins with, if it is one of the register, and the post behind it."""
    best: tuple[int, str] | None = None
    for uid, unit in session.names.units().items():
        for name in (unit.name, unit.short):
            if (
                name
                and text.startswith(name)
                and len(text) > len(name)
                and (best is None or len(name) > best[0])
            ):
                best = (len(name), uid)
    return (best[1], text[best[0] :].strip("，, ")) if best else (None, text)


# -- taking in -------------------------------------------------------------------------------------


def accept(
    session: Session,
    proposal: Proposal,
    *,
    leave: frozenset[str] = frozenset(),
    choose: str | None = None,
) -> Accepted:
    """Write what was proposed, less the lines whose keys are in ``leave``: one change, which can be
    taken back as one.

    ``choose`` is the uid of a candidate or "new" where a person had to say who it is. Raises
    ``BadInput`` with every problem.
    """
    forms = _forms(session, write=True)
    if choose is not None and choose != (proposal.target or NEW):
        again = propose(session, proposal.form, proposal.file, choose)
        proposal = replace(again, sha256=proposal.sha256, original=proposal.original)
    elif choose is None and proposal.must_choose:
        raise BadInput(f"台账中已有同名的「{proposal.name}」，请先说明是同一人还是另一人，再导入。")
    problems = [p for p in proposal.problems if p.field not in leave]
    validate.complain(problems)
    import_id = new_uid()
    label = f"导入任免审批表：{proposal.name}"
    with session.atomic(SOURCE, label, import_id=import_id):
        # Somebody may have written since it was looked at.
        fresh = propose(session, proposal.form, proposal.file, proposal.target or NEW)
        values = {line.key: line.value for line in fresh.lines if line.key not in leave}
        photo = _photo_field(forms)
        if photo.name in values:
            ending = image_kind(fresh.form.photo)
            values[photo.name] = (
                session.attach(forms.person.name, fresh.form.photo, f"照片.{ending}"),
            )
        written = {**values, keeper(forms.person).name: kept_text(fresh.kept)}
        if fresh.target is None:
            uid = session.add_checked(
                forms.person, {**written, **_original(session, forms, proposal, None)}
            )
        else:
            uid = fresh.target
            record = session.must_get(forms.person.name, uid)
            session.set_checked(record, {**written, **_original(session, forms, proposal, record)})
        relatives = [r for r in fresh.relatives if r.key not in leave]
        for row in relatives:
            if row.uid is None:
                session.add_checked(forms.relative, row.values, parent=uid)
            else:
                session.set_checked(session.must_get(forms.relative.name, row.uid), row.values)
        posts = [r for r in fresh.posts if r.key not in leave]
        for row in posts:
            assert forms.post is not None
            session.add_checked(forms.post, row.values, parent=uid)
        entry = session.transaction(forms.person.book)
        entry.note("import", f"{proposal.file} {proposal.name} {import_id}")
        counts = {"added": int(fresh.target is None) + len(posts) + sum(r.uid is None for r in relatives),
                  "updated": int(fresh.target is not None) + sum(r.uid is not None for r in relatives)}  # fmt: skip
        report = {"refused": [], "errors": [], "remarks": list(fresh.remarks)}
        exchange_tables.keep_import(entry.connection, exchange_tables.Import(
            import_id, entry.at, entry.by, proposal.file, proposal.sha256, None, proposal.name,
            {"unchanged": 0, "refused": 0, "conflicts": 0, "errors": 0, **counts}, report,
            entry.change.id if entry.change else None,
        ))  # fmt: skip
    return Accepted(uid, import_id, len(values), len(relatives), len(posts))


def _original(
    session: Session, forms: FormKinds, proposal: Proposal, record: Record | None
) -> dict[str, Any]:
    """The file itself beside those kept before, so that what the program does not know is never
    lost; the same one not twice."""
    kept = appointment.originals(forms.person)
    have: tuple[Attachment, ...] = (
        (record.values.get(kept.name) or ()) if record is not None and kept is not None else ()
    )
    if kept is None or not proposal.original or any(a.sha256 == proposal.sha256 for a in have):
        return {}
    return {kept.name: (*have, session.attach(forms.person.name, proposal.original, proposal.file))}


# -- giving out ------------------------------------------------------------------------------------


def form_of(session: Session, uid: str) -> AppointmentFile:
    """The form of a cadre as a file has it: what a file brought and nobody changed comes out as it
    came in."""
    forms = _forms(session, write=False)
    record = session.must_get(forms.person.name, uid)
    kept = kept_of(forms.person, record)
    texts: dict[str, str] = {}
    for tag, declared in forms.tags.items():
        if tag == PHOTO:
            continue
        text = appointment.file_text(
            declared, record.values.get(declared.name), kept, session.names
        )
        if text or not kept.order or tag in kept.order:
            texts[tag] = text
    if not texts.get("JianLi"):
        made = resume.format_lines(appointment.resume_of(session, record))
        texts.update({"JianLi": made} if made else {})
    texts.update({tag: text for tag, text in kept.texts.items() if tag not in forms.tags})
    if not kept.order:
        texts.setdefault("Version", VERSION)
    photos: tuple[Attachment, ...] = record.values.get(_photo_field(forms).name) or ()
    photo = session.attachment_bytes(forms.person.name, photos[0].sha256) if photos else b""
    family = _family(session, forms, record, kept)
    return AppointmentFile(
        texts, family, photo, tuple(kept.order), tuple(kept.unknown), kept.attributes
    )


def _family(
    session: Session, forms: FormKinds, record: Record, kept: Kept
) -> list[Mapping[str, str]]:
    kind = forms.relative
    place = next((f.name for f in kind.fields if of(f).whole), None)
    rows = session.children(record.uid, kind.name)
    if place:
        rows.sort(key=lambda r: (r.values.get(place) is None, r.values.get(place) or 0))
    lines = [_relative_texts(session, forms, row) for row in rows]
    if not kept.items:
        blank = {tag: "" for tag in forms.relative_tags}
        usual = 0 if FAMILY not in kept.order and kept.order else USUAL_ITEMS
        return [*lines, *([blank] * (usual - len(lines)))]
    found: list[Mapping[str, str]] = []
    waiting = list(lines)
    for item in kept.items:
        if item is None:
            found += [waiting.pop(0)] if waiting else []
        else:
            found.append(item)
    for line in waiting:  # relatives added here take the blank lines of the file first
        blank_at = next(
            (i for i, item in enumerate(found) if not any(t.strip() for t in item.values())), None
        )
        if blank_at is None:
            found.append(line)
        else:
            found[blank_at] = line
    return found


def _relative_texts(session: Session, forms: FormKinds, row: Record) -> dict[str, str]:
    kept = kept_of(forms.relative, row)
    texts = {
        tag: appointment.file_text(declared, row.values.get(declared.name), kept, session.names)
        for tag, declared in forms.relative_tags.items()
    }
    texts.update({tag: text for tag, text in kept.texts.items() if tag not in forms.relative_tags})
    order = kept.order or list(texts)
    return {tag: texts[tag] for tag in [*order, *(t for t in texts if t not in order and texts[t])]}


def export(session: Session, uid: str, path: Path) -> str:
    """Write a cadre's form as ``.lrmx``; journalled in the personnel book. Returns the file's
    SHA-256."""
    forms = _forms(session, write=False)
    session.require("export")
    data = write_lrmx(form_of(session, uid))
    digest = hashlib.sha256(data).hexdigest()
    try:
        part = path.with_name(path.name + ".part")
        part.write_bytes(data)
        part.replace(path)
    except OSError as error:
        raise WorkFailed(
            f"文件「{path}」写不进去（{error.strerror or error}）。请换一个位置保存。"
        ) from error
    title = session.title(forms.person.name, uid)
    with session.atomic("export", f"导出任免审批表：{title}"):
        transaction = session.transaction(forms.person.book)
        transaction.note("export", f"{path.name} {title} {uid} {digest}")
        exchange_tables.keep_export(transaction.connection, exchange_tables.Export(
            new_uid(), transaction.at, transaction.by, path.name, digest, [forms.person.name], None,
            1, {"uid": uid},
        ))  # fmt: skip
    return digest
