"""Several units in one cell, with what each has to do: 牵头：市住建局；配合：市交通局、禾津县."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import msgspec

LEADS = "牵头|主办|主责|责任|承办|负责"
HELPS = "配合|协办|会办|联办|联动|协管|协助|协作|参与|协同|参加|成员"
_ROLE = re.compile(rf"(?:({LEADS})|({HELPS}))(?:单位|部门|责任单位)?:")
_BRACKETS = re.compile(r"\(([^()]*)\)")
#: Behind a unit, whose office somebody holds: 市住建局副局长; never the whole name of another unit.
_DUTY = re.compile(
    r"^(?:党组|党委|党工委)?(?:第一|常务)?副?(?:[市县区镇乡局委办处科股院校会站所队厅部事]长|书记"
    r"|主任|主席|秘书长"
    r"|经理|委员|科员|专员|总[监工]|干部|职工|工作人员|负责人|[一二三四]级(?:调研员|主任科员"
    r"|科员))$"
)
_AND_OTHERS = re.compile(r"等(?:单位|部门)?$")
_BETWEEN = re.compile(r"[、,;/\s]+|(?<=[局委办县区市院部厅])(?:和|与|及)")


class Roles(msgspec.Struct):
    """The units (uids) that lead and that take part, and names that nobody knows."""

    leads: list[str] = msgspec.field(default_factory=list)
    helps: list[str] = msgspec.field(default_factory=list)
    unknown: list[str] = msgspec.field(default_factory=list)
    #: whether the cell itself says who does what
    said: bool = False

    def add(self, uid: str | None, name: str, helping: bool) -> None:
        """One unit, known or not."""
        if uid is None:
            self.unknown += [name] if name else []
        elif uid not in (*self.leads, *self.helps):
            (self.helps if helping else self.leads).append(uid)


def is_duty(text: str) -> bool:
    """Whether a text is an office that somebody holds: 副局长."""
    return _DUTY.match(text) is not None


def helps_only(heading: str) -> bool:
    """Whether a heading says that the units below it take part: 协同单位, never 相关单位."""
    return re.search(HELPS, heading) is not None and re.search(LEADS, heading) is None


def says_who_leads(heading: str) -> bool:
    """Whether a heading says that the units below it lead: 主责单位."""
    return re.search(LEADS, heading) is not None and not re.search(HELPS, heading)


def names_a_part(heading: str) -> bool:
    """Whether a heading says what the units below it have to do, 责任科室, not only of which sort
    they are, 乡镇."""
    return re.search(f"{LEADS}|{HELPS}|单位|部门", heading) is not None


def roles_in(text: str, unit_by_name: Callable[[str], str | None]) -> Roles:
    """What a cell says. Where it does not say who leads, the first does."""
    plain = unicodedata.normalize("NFKC", text).strip()
    whole = unit_by_name(plain)
    if whole is not None:
        return Roles([whole])
    out, helping, at = Roles(), False, 0
    for mark in [*_ROLE.finditer(plain), None]:
        _take(out, plain[at : mark.start() if mark else None], helping, unit_by_name)
        if mark is not None:
            out.said, helping, at = True, mark.group(2) is not None, mark.end()
    if not out.said and len(out.leads) > 1:
        out.leads, out.helps = out.leads[:1], [*out.leads[1:], *out.helps]
    return out


def _take(out: Roles, part: str, helping: bool, unit_by_name: Callable[[str], str | None]) -> None:
    for name in _BETWEEN.split(_spaced(part)):
        role = "".join(_BRACKETS.findall(name))
        helps, leads = re.search(HELPS, role) is not None, re.search(LEADS, role) is not None
        out.said = out.said or helps or leads
        bare = _BRACKETS.sub("", name).strip(":。.")
        if out.leads and _DUTY.match(bare):
            continue  # 市住建局党组书记、局长
        uid = unit_by_name(bare) or unit_by_name(_AND_OTHERS.sub("", bare))
        uid = uid or _before_duty(bare, unit_by_name)
        out.add(uid, bare, helps or (helping and not leads))


def _before_duty(text: str, unit_by_name: Callable[[str], str | None]) -> str | None:
    """The unit whose office a text names: 市住建局副局长."""
    ends = (n for n in range(len(text) - 1, 1, -1) if _DUTY.match(text[n:]))
    return next(filter(None, (unit_by_name(text[:n]) for n in ends)), None)


def _spaced(part: str) -> str:
    """A bracket keeps its blanks: it is no part of a name."""
    return _BRACKETS.sub(lambda found: found.group().replace(" ", ""), part)
