"""Which names a masked edition hides: of units, of places, of people, each choice by itself, read
from the ledgers.

Whoever may not open the personnel book cannot read the names in it, and yet must not print them
unseen. So whoever may leaves their fingerprints in the office book (:func:`remember_people`), by
which a name is recognised in a text but cannot be listed.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Collection, Iterator
from itertools import chain

from db.model.declarations import Field, Kind
from db.model.fieldtypes import type_of
from db.model.late_pattern import lazy_regex
from db.model.query import Query
from db.model.records import Record
from db.model.roles import ROLES
from db.model.settings import MASKED_PEOPLE
from db.model.sql import quoted
from db.session import Session
from desktop.bulletin.masking.finder import FINGERPRINT_BYTES, Fingerprints, fingerprint, fold
from desktop.bulletin.masking.likely_names import bureaus
from desktop.bulletin.masking.mask import Mask

#: What names a masked edition may hide, and what else.
NAMES = ("units", "places", "people")
CHOICES = (*NAMES, "numbers", "dates")
#: What is hidden when nobody chooses: dates stay, since a reader needs them.
USUAL = (*NAMES, "numbers")
WORDS_KIND, UNIT_KIND, LEADER_KIND = "mask_word", "unit", "leader"
#: Sorts of units that are places.
PLACES = ("city", "county", "township", "park")
_PLACE = lazy_regex(r"^[\u4e00-\u9fff]{1,5}?[市县区州盟旗乡镇]")
_SUFFIX = lazy_regex(
    r"(?:街道办事处|经济技术开发区|高新技术产业开发区|开发区|办事处|街道|自治县"
    r"|[市县区州盟旗乡镇])$"
)
#: Stems that are ordinary words: 高新区 is a place, 高新 is not.
COMMON = frozenset([
    "高新", "经开", "开发", "产业", "工业", "城区", "新城", "示范", "城乡", "中心", "全市", "保税",
    "自贸", "航空", "旅游", "生态", "管理",
])
#: A field of text holds names when its label says so.
_PERSON = lazy_regex(
    r"(?:姓名(?:（文字）)?|[^个单位]人|负责人|书记|包联干部|督办人员|作者|参赛者)$"
)
_PLACE_FIELD = lazy_regex(r"(?:地点|地址|位置|籍贯|出生地|楼盘名称|小区名称|乡镇街道|社区|村名)$")
_UNIT_FIELD = lazy_regex(
    r"(?:来文单位|呈报单位|建设单位|创建单位|任职单位（文字）|企业名称|公司名称|支部名称|（企业）"
    r"名称)$"
)
#: A place that anybody has: a room, a hall, a school of the party.
_ANY_PLACE = lazy_regex(r"(?:会议室|礼堂|党校|行政中心|办公楼|报告厅|多功能厅|线上|视频会议|现场)")
_BETWEEN = lazy_regex(r"[、，,；;\s/]+|[（(][^）)]*[）)]")
#: How a company's full name ends, and its short one does not.
_COMPANY = lazy_regex("(?:集团)?(?:股份)?(?:有限)?(?:责任)?公司$|集团$")
LONGEST_NAME, LONGEST_PLACE = 12, 24
_PERSON_NAME = lazy_regex(
    r"[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff·]{2,8}|[A-Za-z][A-Za-z. ]{1,20}"
)
#: Among how many fingerprints those of the names lie at least, so that their number tells nothing.
AMONG = 1_024
BLIND = (
    "您没有干部册的钥匙，姓名指纹也还没有存下，"
    "只登记在干部册里的姓名无法识别；请组织人事员登录一次再印。"
)


def mask_for(session: Session, hidden: Collection[str] = USUAL) -> Mask:
    """The mask for what was chosen of ``CHOICES``, with the words that this office has marked."""
    known = {sort: tuple(sorted(names)) for sort, names in known_names(session, hidden).items()}
    hide, keep = _marked_words(session)
    marks = _marks(session) if "people" in hidden else None
    blind = "people" in hidden and marks is None and not _opens_all(session)
    return Mask(
        names=hide, kept=keep, numbers="numbers" in hidden, dates="dates" in hidden,
        units=known.get("units", ()), places=known.get("places", ()),
        people=known.get("people", ()), forms=frozenset(hidden) & frozenset(NAMES), marks=marks,
        caution=BLIND if blind else "",
    )


def known_names(session: Session, what: Collection[str] = NAMES) -> dict[str, set[str]]:
    """The names in the ledgers by sort, with short names, aliases and what they are called without
    their place."""
    found: dict[str, set[str]] = {}
    if "units" in what or "places" in what:
        units, places = _units(session)
        found |= {
            sort: names for sort, names in (("units", units), ("places", places)) if sort in what
        }
    for sort, label, longest in (
        ("units", _UNIT_FIELD, 40), ("places", _PLACE_FIELD, LONGEST_PLACE),
        ("people", _PERSON, LONGEST_NAME),
    ):
        if sort not in what:
            continue
        found.setdefault(sort, set()).update(_labelled(session, sort, label, longest))
    if "people" in what:
        people = found["people"] | _people(session)
        found["people"] = {name for name in people if _PERSON_NAME.fullmatch(name)}
    for names in found.values():
        names -= {name for name in names if len(fold(name)) < 2}
    return found


def _labelled(session: Session, sort: str, label: re.Pattern[str], longest: int) -> Iterator[str]:
    """The names in all fields whose label says that they hold some."""
    for kind in session.visible_kinds():
        for field in kind.all_fields:
            text = type_of(field).single_line or type_of(field).names_user
            matches = label.search(field.label) is not None
            if text and (matches or (sort == "people" and _is_person(session, kind, field))):
                yield from _named(session, kind, field, sort, longest)


def _people(session: Session) -> set[str]:
    """The users and the leaders, with what they were called before."""
    users = {name for known in session.names.people().values() for name in known.values()}
    leaders = chain.from_iterable(_former(session, LEADER_KIND, ("name",)).values())
    return (users - set(ROLES.values())) | set(leaders)


def _units(session: Session) -> tuple[set[str], set[str]]:
    """Names of all units, those abolished or deleted too, and of the places among them."""
    units, places = {session.office_name}, set()
    records = session.find(Query(kind=UNIT_KIND, deleted="any"))
    former = _former(session, UNIT_KIND, ("name", "short_name", "aliases"))
    whole = [
        session.office_name, *(str(r.values.get("name") or "") for r in records),
        *chain.from_iterable(former.values()),
    ]
    seats = {
        match.group() for match in map(_PLACE.match, whole) if match and len(match.group()) > 2
    }
    for record in records:
        every = _names_of(record, former.get(record.uid, ()))
        units.update(every)
        if record.values.get("category") in PLACES:
            places.update(every)
    places |= seats
    places.update(stem for name in list(places) for stem in _place_stem(name))
    for name in list(units):
        units.update(_without_seat(name, seats))
    # 云川市人社局, which no register needs to hold
    units.update(seat + bureau for seat in seats for bureau in bureaus())
    return units, places


def _names_of(record: Record, former: Collection[str]) -> list[str]:
    """What a unit is called, its aliases and former names too."""
    values = record.values
    aliases = _BETWEEN.split(str(values.get("aliases") or ""))
    return [n for n in (values.get("name"), values.get("short_name"), *aliases, *former) if n]


def _place_stem(name: str) -> Iterator[str]:
    """A place without what sort it is of, where that is still a name: 云川 of 云川市."""
    stem = _SUFFIX.sub("", name)
    if len(stem) > 1 and stem not in COMMON:
        yield stem


def _without_seat(name: str, seats: Collection[str]) -> Iterator[str]:
    """云川市财政局 is called 市财政局 and 财政局, 云川市委组织部 is called 市委组织部 in its own
    papers."""
    for seat in seats:
        if name.startswith(seat) and len(name) - len(seat) > 2:
            rest = name[len(seat) :]
            yield seat[-1] + rest
            if not rest.startswith(("委", "政府", "人民政府")):
                yield rest


def _former(session: Session, kind: str, fields: Collection[str]) -> dict[str, list[str]]:
    """What records were called before, by uid: a bulletin issued then, or a text written then, says
    so still. For kinds of few records, each of whose journals is looked up."""
    rows = session.book_of(kind).connection.execute(
        f"SELECT j.uid, j.before FROM {quoted(kind)} r CROSS JOIN journal j ON j.uid = r.uid WHERE"
        " j.uid <> '' AND j.kind = ? AND j.before <> '{}'", (kind,),
    )
    found: dict[str, list[str]] = {}
    for uid, before in rows:
        read = json.loads(before)
        texts = (read.get(name) for name in fields)
        found.setdefault(uid, []).extend(
            n for text in texts if isinstance(text, str) for n in _BETWEEN.split(text) if n
        )
    return found


def _is_person(session: Session, kind: Kind, field: Field) -> bool:
    if kind.name in (LEADER_KIND, "cadre") and field.name == kind.title:
        return True
    return session.kinds.leader_of(kind) is field


def _named(session: Session, kind: Kind, field: Field, sort: str, longest: int) -> Iterator[str]:
    """The names in a field: several in one cell are each a name; what stands in brackets is not of
    the name."""
    column = quoted(field.name)
    rows = session.book_of(kind.name).connection.execute(
        f"SELECT DISTINCT {column} FROM {quoted(kind.name)} WHERE {column} IS NOT NULL"
    )
    for (cell,) in rows:
        for name in _BETWEEN.split(str(cell)):
            if name and len(name) <= longest and not (sort == "places" and _ANY_PLACE.search(name)):
                yield name
                if sort == "units" and len(stem := _COMPANY.sub("", name)) > 2:
                    yield stem
                elif sort == "places":
                    yield from _place_stem(name)


# -- words that this office has marked -------------------------------------------------------------


def _marked_words(session: Session) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Words to hide and words to keep."""
    records = session.find(Query(kind=WORDS_KIND))
    by = {
        treatment: tuple(r.values["word"] for r in records if r.values["treatment"] == treatment)
        for treatment in ("hide", "keep")
    }
    return by["hide"], by["keep"]


def remember_word(session: Session, word: str, treatment: str = "hide") -> None:
    """Hide a word in every masked edition from now on, or keep it ("keep")."""
    word = word.strip()
    for record in session.find(Query(kind=WORDS_KIND)):
        if record.values["word"] == word:
            if record.values["treatment"] != treatment:
                session.set(WORDS_KIND, record.uid, {"treatment": treatment})
            return
    session.add(WORDS_KIND, {"word": word, "treatment": treatment})


# -- people of a book that not everybody may open --------------------------------------------------


def remember_people(session: Session) -> int:
    """Leave the fingerprints of the names in the books that not everybody opens; returns of how
    many names they are.

    Does nothing for who cannot open those books, nor in the archive of a year, which has them. The
    salt lies beside them, so that who holds the office key can test a name he knows; he cannot read
    out the names, nor count them: they lie among others that are nobody's.
    """
    if not _opens_all(session) or session.archived:
        return 0
    kept = MASKED_PEOPLE.of(session.office)
    salt = bytes.fromhex(kept["salt"]) if kept else secrets.token_bytes(16)
    real = {fingerprint(name, salt).hex() for name in _people_elsewhere(session)}
    lying = set(kept["marks"]) if kept else set()
    size = AMONG
    while size < 2 * len(real):
        size *= 2
    if not real <= lying or len(lying) != size:
        others = sorted(lying - real)
        among = secrets.SystemRandom().sample(others, min(len(others), size - len(real)))
        strangers = {
            secrets.token_hex(FINGERPRINT_BYTES) for _ in range(size - len(real) - len(among))
        }
        marks = sorted({*real, *among, *strangers})
        MASKED_PEOPLE.save(session.office, {"salt": salt.hex(), "marks": marks})
    return len(real)


def _people_elsewhere(session: Session) -> Iterator[str]:
    """The names in the books that not everybody opens."""
    for kind in session.visible_kinds():
        for field in kind.all_fields if kind.book != "office" else ():
            holds_people = _PERSON.search(field.label) or _is_person(session, kind, field)
            if type_of(field).single_line and holds_people:
                found = _named(session, kind, field, "people", 4)
                yield from (name for name in found if _PERSON_NAME.fullmatch(name))


def _opens_all(session: Session) -> bool:
    return all(session.opens(kind.name) for kind in session.kinds)


def _marks(session: Session) -> Fingerprints | None:
    """The fingerprints, for who cannot read the names themselves."""
    if _opens_all(session):
        return None
    kept = MASKED_PEOPLE.of(session.office)
    if not kept:
        return None
    return Fingerprints(bytes.fromhex(kept["salt"]), frozenset(map(bytes.fromhex, kept["marks"])))
