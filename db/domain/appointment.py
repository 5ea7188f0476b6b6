"""The fields of the appointment form (干部任免审批表): what a text in its file means, and how a
value stands in it.

Which field stands in which element is declared (``tag`` in ``db/model/declarations/``). A text
that says more than the coded value it stands for (省委党校研究生) is kept beside the record and
written back and printed as long as the value is not changed.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from db.domain import resume
from db.errors import BadInput
from db.model.declarations import Field, Kind
from db.model.fieldtypes import TYPES, type_of
from db.model.fieldtypes.base import Names
from db.model.kinds import Kinds

if TYPE_CHECKING:
    from db.model.context import ReadContext
    from db.model.records import Given, Record


class FileRemainder(msgspec.Struct, omit_defaults=True):
    """What a file held that fields do not: texts as written, elements nobody here knows, their
    order.

    ``order`` has a tag, or "#n" for ``unknown[n]``; ``items`` a line per relative in the file: None
    for one that became a record, else its texts. ``attributes`` are those of the root. ``other``
    are values of the older file form (.lrm) by their place.
    """

    texts: dict[str, str] = {}
    order: list[str] = []
    unknown: list[str] = []
    attributes: dict[str, str] = {}
    items: list[dict[str, str] | None] = []
    other: dict[str, str] = {}


class FormKinds(msgspec.Struct, frozen=True):
    """The kinds that the form is made of: the person, the relatives under it, the posts of its
    career."""

    person: Kind
    relative: Kind
    post: Kind | None
    tags: Mapping[str, Field] = msgspec.field(default_factory=dict)
    relative_tags: Mapping[str, Field] = msgspec.field(default_factory=dict)


def form_kinds(kinds: Kinds) -> FormKinds:
    """By their declarations: the people whose fields have tags, and the tagged kind that hangs
    under them."""
    for person in kinds:
        if person.dossier is None or not any(f.tag for f in person.fields):
            continue
        for child in kinds.children_of(person.name):
            if any(f.tag for f in child.fields):
                post = kinds.get(person.dossier.career[0]) if person.dossier.career else None
                return FormKinds(person, child, post, _tagged(person), _tagged(child))
    raise BadInput("台账声明中没有任免审批表用到的字段，不能导入或导出任免审批表。")


def _tagged(kind: Kind) -> dict[str, Field]:
    return {f.tag: f for f in kind.fields if f.tag}


def keeper(kind: Kind) -> Field:
    """The field that keeps what no other field of the kind takes."""
    return next(f for f in kind.fields if f.computed and not f.show and type_of(f).multiline)


def originals(kind: Kind) -> Field | None:
    """The field that keeps the files themselves, as they came: files that nobody adds by hand."""
    return next((f for f in kind.fields if f.computed and type_of(f).holds_files), None)


def kept_of(kind: Kind, record: Record | None) -> FileRemainder:
    """What the record's file held beside the fields; empty for a record typed here."""
    text = record.values.get(keeper(kind).name) if record is not None else None
    return msgspec.json.decode(text, type=FileRemainder) if text else FileRemainder()


def kept_text(kept: FileRemainder) -> str | None:
    """The same as it is kept; ASCII, so that no normalising changes it."""
    if kept == FileRemainder():
        return None
    plain = msgspec.json.encode(kept).decode("utf-8")
    return "".join(c if c < "\x7f" else _escaped(c) for c in plain)


def _escaped(character: str) -> str:
    code = ord(character)
    if code > 0xFFFF:
        code -= 0x10000
        return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
    return f"\\u{code:04x}"


# -- one value -------------------------------------------------------------------------------------


def meaning(declared: Field, text: str, names: Names) -> tuple[Any, str]:
    """(value, remark): what a text in the file means, None where it cannot be read; the remark says
    what a person should know."""
    plain = text.strip()
    if not plain:
        return None, ""
    try:
        if type_of(declared).is_day:
            return _date(declared, plain, names), ""
        return type_of(declared).parse(text, declared, names), ""
    except BadInput as error:
        nearest = _nearest(declared, plain)
        if nearest is not None:
            value = type_of(declared).parse(nearest, declared, names)
            label = type_of(declared).format(value, declared, names)
            return (
                value,
                f"「{declared.label}」文件中写的是“{plain}”，台账按“{label}”登记，"
                f"导出和打印仍用原文。",
            )
        if type_of(declared).one_listed or type_of(declared).dated:
            what = type_of(declared).label
            return (
                None,
                (
                    f"「{declared.label}」文件中写的是“{plain[:30]}”，不能登记为{what}，台账留空，"
                    "导出和打印仍用原文。"
                ),
            )
        return None, error.message


def _nearest(declared: Field, text: str) -> str | None:
    """The longest word of a choice that stands in a text."""
    if not type_of(declared).one_listed:
        return None
    words = (w for o in declared.options for w in (o.label, *o.also))
    return max((w for w in words if len(w) > 1 and w in text), key=len, default=None)


def _date(declared: Field, text: str, names: Names) -> dt.date | None:
    """A date; one of which only the month is given is its first day."""
    try:
        return TYPES["date"].parse(text, declared, names)  # type: ignore[no-any-return]
    except BadInput:
        month = TYPES["month"].parse(text, declared, names)
        return dt.date.fromisoformat(f"{month}-01") if month else None


def written(declared: Field, value: object, names: Names) -> str:
    """A value as the form's file has it: 197506, 20220905."""
    if value is None:
        return ""
    if type_of(declared).dated:
        return str(value).replace("-", "")
    return type_of(declared).format(value, declared, names)


def file_text(declared: Field, value: object, kept: FileRemainder, names: Names) -> str:
    """The text for the file: as it was read, while that still means the value; else the value's
    own."""
    original = kept.texts.get(declared.tag)
    if original is not None and meaning(declared, original, names)[0] == value:
        return original
    return written(declared, value, names)


def printed_text(declared: Field, value: Any, kept: FileRemainder, names: Names) -> str:
    """The text for paper: months as 1975.06, what people wrote where it says more than the code."""
    kind_of = type_of(declared)
    original = kept.texts.get(declared.tag, "") if kind_of.one_listed or kind_of.dated else ""
    says_more = value is None or (kind_of.one_listed and len(original.strip()) > 1)
    if original and says_more and meaning(declared, original, names)[0] == value:
        return original.strip()
    if kind_of.is_month and value:
        return str(value).replace("-", ".")
    if kind_of.is_day and value:
        return f"{value.year}.{value.month:02d}"
    return kind_of.format(value, declared, names)


def disagreements(kind: Kind, values: Given) -> list[str]:
    """What a person's birth month and sex say otherwise than the identity number. It is told and
    not refused: what the organisation has found (三龄两历认定) may be right."""
    page = kind.dossier
    identity = values.get(page.known_by) if page is not None else None
    if page is None or not identity:
        return []
    found = []
    month, born = f"{identity[6:10]}-{identity[10:12]}", values.get(page.born)
    if born and born != month:
        found.append(f"出生年月 {born} 与身份证号中的 {month} 不一致，请核对；以组织认定的为准。")
    sex = _tagged(kind).get("XingBie")
    if (
        sex is not None
        and values.get(sex.name) in ("1", "2")
        and (int(identity[16]) % 2 == 1) != (values[sex.name] == "1")
    ):
        found.append("性别与身份证号不一致，请核对。")
    return found


# -- posts and resume ------------------------------------------------------------------------------


def resume_of(session: ReadContext, person: Record) -> tuple[resume.ResumeLine, ...]:
    """The lines of the resume: as written, else made from the posts that the ledger holds."""
    forms = form_kinds(session.kinds)
    text = next((person.values.get(f.name) for f in forms.tags.values() if f.tag == "JianLi"), None)
    if text:
        return resume.parse(text)
    if forms.post is None or forms.person.dossier is None or forms.person.dossier.career is None:
        return ()
    _, unit, start, end = forms.person.dossier.career
    lines = []
    posts = [p for p in session.children(person.uid, forms.post.name) if p.values.get(start)]
    for post in sorted(posts, key=lambda p: (p.values[start], p.values[end] or dt.date.max)):
        until = post.values[end]
        where = session.text(post, unit) or _written_unit(forms.post, post, unit)
        lines.append(
            resume.ResumeLine(
                _month(post.values[start]), _month(until) if until else None,
                where + session.title_of(post),
            )
        )
    return tuple(lines)


def _written_unit(kind: Kind, post: Record, unit: str) -> str:
    """The unit of a post as it was written, where it is none of the ledger's."""
    written = (f.name for f in kind.fields if type_of(f).single_line and f.name.startswith(unit))
    return next((str(post.values[name]) for name in written if post.values[name]), "")


def _month(day: dt.date) -> str:
    return day.isoformat()[:7]
