"""A unit renamed, merged, split, carved up or abolished, in one step: what would be done in words,
then all of it as one change.

What a person would have to write into several rows of the register by hand, and which open items
then have to be handed over, is worked out here. ``db/model/lineage.py`` says what the rows written
mean for lists and figures.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from db.access import roles
from db.errors import BadInput, Problem, ZhengxianError
from db.model.context import Unit
from db.model.fieldtypes import row_unit
from db.model.query import Query, Where
from db.units import unit_assignment
from db.units.names import UNIT_KIND

if TYPE_CHECKING:
    from db.model.context import ReadContext, WriteContext
    from db.model.declarations import Action, Kind, Lifecycle
    from db.model.records import Record, Values

RENAME, MERGE, SPLIT, CARVE, ABOLISH = "rename", "merge", "split", "carve", "abolish"
WAYS = {RENAME: "更名", MERGE: "合并", SPLIT: "拆分", CARVE: "划出", ABOLISH: "撤销"}
#: What a unit that follows another takes from it, beside its name.
TAKEN_ALONG = ("category", "superior", "sort_order", "contact", "phone")
NAMED = 5


class OpenItem(msgspec.Struct, frozen=True):
    """Work that is not done: whose, what, and why it cannot be handed over now (empty when it
    can)."""

    kind: str
    uid: str
    unit: str
    title: str
    ledger: str
    state: str
    deadline: dt.date | None
    obstacle: str = ""


class Wish(msgspec.Struct, frozen=True):
    """What a person asks for. ``into``: names of units, known ones or new; ``shares``: item → its
    place in ``into`` (split, carve);
    ``hand_to``: who takes the open items of a unit that nobody follows."""

    way: str
    units: tuple[str, ...]
    day: dt.date | None
    into: tuple[str, ...] = ()
    shares: Mapping[str, int] = msgspec.field(default_factory=dict)
    hand_to: str | None = None


class Plan(msgspec.Struct, frozen=True):
    """A wish that can be carried out, and what it does, sentence by sentence."""

    wish: Wish
    title: str
    targets: tuple[tuple[str, str | None], ...]
    items: tuple[OpenItem, ...]
    words: tuple[str, ...]
    warnings: tuple[str, ...]


def open_items(session: ReadContext, units: Sequence[str]) -> list[OpenItem]:
    """The work of these units that is not done, in the ledgers whose work can go to another unit;
    soonest due first."""
    found: list[OpenItem] = []
    for kind, cycle, handing, query in _open_queries(session, units):
        assert kind.unit is not None
        due = kind.lights.deadline if kind.lights else None
        for record in session.find(query):
            state = cycle.state(record.state or cycle.initial)
            movable = state.name in handing.from_ or state.draft
            obstacle = "" if movable else f"现在是“{state.label}”，不能转办"
            found.append(
                OpenItem(kind.name, record.uid, record.values[kind.unit],
                         session.title_of(record), kind.label, state.label,
                         record.values.get(due) if due else None, obstacle)
            )  # fmt: skip
    return sorted(
        found, key=lambda item: (item.deadline is None, item.deadline or dt.date.max, item.uid)
    )


def count_open(session: ReadContext, units: Sequence[str]) -> int:
    """How many they are."""
    return sum(session.count(query) for *_, query in _open_queries(session, units))


def _open_queries(
    session: ReadContext, units: Sequence[str]
) -> Iterator[tuple[Kind, Lifecycle, Action, Query]]:
    for kind in session.kinds:
        handing = _handing_over(session, kind)
        cycle = session.kinds.lifecycle_of(kind)
        if handing is None or cycle is None or kind.unit is None or not session.opens(kind.name):
            continue
        states = [s.name for s in cycle.states if not (s.closed or s.void)]
        whose = (Where(kind.unit, "in", list(units)), Where("state", "in", states))
        yield kind, cycle, handing, Query(kind=kind.name, where=whose)


def past_of(session: ReadContext, uid: str) -> list[str]:
    """What became of a unit and what it came of, sentence by sentence, oldest first."""
    units = session.names.units()
    found = [*_came_of(units, units[uid]), *_became(units, units[uid])]
    return [(f"{_day(day)}，" if day else "") + text for day, text in sorted(found)]


def _came_of(units: Mapping[str, Unit], unit: Unit) -> list[tuple[str, str]]:
    begun = unit.established or ""
    found = [
        (u.abolished, f"接过「{u.name}」。") for u in units.values()
        if u.abolished and u.successor == unit.uid
    ]
    found += [(begun, f"由「{u.name}」分出。") for u in units.values() if unit.uid in u.parts]
    if begun and begun not in dict(found):
        found.append((begun, "设立。"))
    return found


def _became(units: Mapping[str, Unit], unit: Unit) -> list[tuple[str, str]]:
    parts = [units[part] for part in unit.parts or () if part in units]
    found = [(p.established or unit.abolished or "", f"分出「{p.name}」。") for p in parts]
    if unit.abolished:
        heir = units.get(unit.successor or "")
        found.append((unit.abolished, f"撤销，由「{heir.name}」承接。" if heir else "撤销。"))
    return found


def _handing_over(session: ReadContext, kind: Kind) -> Action | None:
    """The step that gives work to another unit: the one that asks for the unit."""
    cycle = session.kinds.lifecycle_of(kind)
    unit = row_unit(kind)
    if cycle is None or unit is None:
        return None
    return next(
        (a for a in cycle.actions if unit in a.ask and roles.may_take_step(session.role, a)), None
    )


# -- looking at it ---------------------------------------------------------------------------------


def plan(session: ReadContext, wish: Wish) -> Plan:
    """What would be done; ``BadInput`` with every problem, ``NotPermitted`` for who may not change
    the register."""
    roles.check_write(session.role, session.kinds.get(UNIT_KIND))
    units = session.names.units()
    chosen = [units[uid] for uid in dict.fromkeys(wish.units) if uid in units]
    problems = [*_of_units(wish, chosen), *_of_day(wish, chosen)]
    targets, more = _targets(session, wish, chosen)
    problems += more
    if problems:
        raise BadInput(
            "；".join(p.message.rstrip("。") for p in problems) + "。", problems=problems
        )
    items = tuple(open_items(session, [u.uid for u in _going(chosen, targets)]))
    words, warnings = _said(session, wish, chosen, targets, items)
    names = "、".join(u.name for u in chosen)
    after = f"：{names}" + (f" → {'、'.join(name for name, _ in targets)}" if targets else "")
    return Plan(wish, f"单位{WAYS[wish.way]}{after}", targets, items, tuple(words), tuple(warnings))


def _of_units(wish: Wish, chosen: list[Unit]) -> list[Problem]:
    if not chosen:
        return [Problem("units", "请先选出单位。")]
    if wish.way != MERGE and len(chosen) > 1:
        return [Problem("units", f"{WAYS[wish.way]}一次办一个单位。")]
    return []


def _of_day(wish: Wish, chosen: list[Unit]) -> list[Problem]:
    if wish.day is None:
        return [Problem("day", "请填从哪一天起。")]
    day, found = wish.day.isoformat(), []
    for unit in chosen:
        if unit.abolished:
            found.append(
                Problem(
                    "units",
                    f"「{unit.name}」{_day(unit.abolished)}已经撤销，不能再{WAYS[wish.way]}。",
                )
            )
        elif unit.established and unit.established >= day:
            found.append(
                Problem(
                    "day", f"「{unit.name}」{_day(unit.established)}才设立，变动的日子要在这以后。"
                )
            )
    return found


def _targets(
    session: ReadContext, wish: Wish, chosen: list[Unit]
) -> tuple[tuple[tuple[str, str | None], ...], list[Problem]]:
    """(name, uid of a known unit) for each unit that comes after; new ones have no uid yet."""
    names = [name.strip() for name in wish.into if name.strip()]
    problems: list[Problem] = []
    least, word = {RENAME: (1, "请填新名称。"), MERGE: (1, "请填合并后的单位。"),
                   SPLIT: (2, "请填分成的单位，至少两个。"),
                   CARVE: (1, "请填划给哪个单位。"), ABOLISH: (0, "")}[wish.way]  # fmt: skip
    if len(set(names)) < len(names):
        problems.append(Problem("into", "同一个单位填了两次，请核对。"))
    if len(names) < least:
        problems.append(Problem("into", word))
    found: list[tuple[str, str | None]] = []
    own = {u.uid for u in chosen}
    for name in names:
        known = _known(session, name)
        found.append((known.name, known.uid) if known else (name, None))
        wrong = _of_known(wish, known, own) if known else _of_new(wish, name)
        problems += [Problem("into", message) for message in wrong]
    return tuple(found), [*problems, *_of_all(wish, own, found)]


def _of_all(wish: Wish, own: set[str], found: list[tuple[str, str | None]]) -> Iterator[Problem]:
    if wish.way == MERGE and _merges_one(own, found):
        yield Problem(
            "units",
            "合并至少要两个单位；一个单位并入别的单位，请在“合并后的单位”里填那个单位。",
        )
    if wish.way == ABOLISH and wish.hand_to in own:
        yield Problem("hand_to", "事项不能转给要撤销的单位，请选别的单位。")


def _going(chosen: list[Unit], targets: tuple[tuple[str, str | None], ...]) -> list[Unit]:
    """The chosen units that do not come after as well."""
    known = {uid for _, uid in targets}
    return [u for u in chosen if u.uid not in known]


def _of_new(wish: Wish, name: str) -> list[str]:
    return [f"承接单位「{name}」不在单位名册里，请从名册中选。"] if wish.way == ABOLISH else []


def _of_known(wish: Wish, known: Unit, own: set[str]) -> Iterator[str]:
    """Why a unit of the register cannot come after, sentence by sentence."""
    if known.abolished:
        yield f"「{known.name}」{_day(known.abolished)}已经撤销，请填别的单位。"
    elif wish.day is not None and (known.established or "") > wish.day.isoformat():
        begun = _day(known.established or "")
        yield f"「{known.name}」{begun}才设立，晚于变动的日子，请核对。"
    if wish.way == RENAME:
        used = "就是现在的名称" if known.uid in own else "已有单位使用；要并到它里面，请用“合并”"
        yield f"「{known.name}」{used}，请填新名称。"
    elif wish.way != MERGE and known.uid in own:
        yield f"「{known.name}」就是要{WAYS[wish.way]}的单位，请填别的。"


def _merges_one(own: set[str], found: list[tuple[str, str | None]]) -> bool:
    """Whether one unit alone is merged, into itself or into a new one."""
    if not found or len(own) != 1:
        return False
    into = found[0][1]
    return into is None or into in own


def _known(session: ReadContext, name: str) -> Unit | None:
    """The unit of just that name, one that stands before one that ceased; short names do not count,
    a new unit may bear one."""
    alike = [u for u in session.names.units().values() if u.name == name]
    return min(alike, key=lambda u: bool(u.abolished), default=None)


def _said(
    session: ReadContext,
    wish: Wish,
    chosen: list[Unit],
    targets: tuple[tuple[str, str | None], ...],
    items: tuple[OpenItem, ...],
) -> tuple[list[str], list[str]]:
    assert wish.day is not None
    going = _going(chosen, targets)
    old = _in_brackets(u.name for u in going)
    since = _day(wish.day.isoformat())
    words = [_in_short(wish, old, targets, since)]
    fresh = [name for name, uid in targets if uid is None]
    if fresh:
        words.append(
            f"名册里新增{_in_brackets(fresh)}，类别、上级单位、"
            f"联系人照「{going[0].name}」填好，可以再改。"
        )
    words += _items_said(session, wish, targets, items)
    words.append(f"{since}以前的月份仍算在{old}名下，已经结账的月份不变。")
    below = _below(session, going) if wish.way != CARVE else []
    if below and len(targets) == 1:
        words.append(f"下属的 {len(below)} 个单位改挂在「{targets[0][0]}」下。")
        below = []
    return words, _warnings(session, wish, going, below, items)


def _in_brackets(names: Iterable[str]) -> str:
    return "".join(f"「{name}」" for name in names)


def _in_short(wish: Wish, old: str, targets: tuple[tuple[str, str | None], ...], since: str) -> str:
    """What happens to the units, in a sentence."""
    heirs = _in_brackets(name for name, _ in targets)
    into = "为" if None in dict(targets).values() else "入"
    end = f"，由{heirs}承接。" if targets else "，没有单位承接。"
    return {
        RENAME: f"{since}起，{old}更名为{heirs}。",
        MERGE: f"{since}起，{old}并{into}{heirs}。",
        SPLIT: f"{since}起，{old}撤销，分设为{heirs}。",
        CARVE: f"{since}起，{old}的一部分职能划给{heirs}，{old}照旧。",
        ABOLISH: f"{since}起，{old}撤销{end}",
    }[wish.way]


def _items_said(
    session: ReadContext,
    wish: Wish,
    targets: tuple[tuple[str, str | None], ...],
    items: tuple[OpenItem, ...],
) -> list[str]:
    if not items:
        return ["没有在办的事项。"]
    if wish.way in (RENAME, MERGE) or (wish.way == ABOLISH and targets):
        return [
            f"没有办完的 {len(items)} 件从这一天起算在「{targets[0][0]}」名下，不用逐件转办，"
            "交办时的单位照旧留着。"
        ]
    free = [item.uid for item in items if not item.obstacle]
    if wish.way != ABOLISH:
        return _shared_out(wish, [name for name, _ in targets], free, len(items))
    if wish.hand_to is None:
        return [f"没有办完的 {len(items)} 件留在原单位名下。"]
    return [_handed(len(free), session.unit_name(wish.hand_to))]


def _shared_out(wish: Wish, names: list[str], free: list[str], count: int) -> list[str]:
    """Which of the ``count`` items go where; ``free`` are those that can be handed over."""
    shares = [wish.shares[uid] for uid in free if uid in wish.shares]
    found = [_handed(shares.count(place), name) for place, name in enumerate(names)]
    left = count - len(shares)
    return [*found, *([f"没有办完的 {left} 件留在原单位名下。"] if left else [])]


def _handed(count: int, name: str) -> str:
    if not count:
        return f"没有办完的事项不转给「{name}」。"
    return f"没有办完的 {count} 件转办给「{name}」，重新签收。"


def _warnings(
    session: ReadContext,
    wish: Wish,
    going: list[Unit],
    below: list[Unit],
    items: tuple[OpenItem, ...],
) -> list[str]:
    """What is left for a person to see to."""
    found = [*_items_stuck(wish, items), *_items_left(wish, items)]
    if below:
        found.append(f"{len(below)} 个下属单位要另选上级单位：{_few([u.name for u in below])}。")
    if wish.way != CARVE:
        uids = {u.uid for u in going}
        people = [u.display or u.name for u in session.key_file.users() if u.unit in uids]
        if people:
            found.append(f"所在单位是它的用户请到“用户”里改：{_few(people)}。")
        if session.own_unit in uids:
            found.append("“设置”里的“本单位”是它，请随后改过来。")
    return found


def _items_stuck(wish: Wish, items: tuple[OpenItem, ...]) -> Iterator[str]:
    stuck = sum(bool(item.obstacle) for item in items)
    if stuck and (wish.way in (SPLIT, CARVE) or wish.hand_to):
        yield f"{stuck} 件正在申请销号或已中止，现在不能转办；审核或恢复以后再逐件转办。"


def _items_left(wish: Wish, items: tuple[OpenItem, ...]) -> Iterator[str]:
    left = sum(not item.obstacle and item.uid not in wish.shares for item in items)
    nobody = wish.way == ABOLISH and not wish.into and wish.hand_to is None
    if left and (nobody or wish.way == SPLIT):
        yield f"{left} 件没有人接，以后要逐件转办。"


def _below(session: ReadContext, going: list[Unit]) -> list[Unit]:
    uids = {u.uid for u in going}
    return [
        u
        for u in session.names.units().values()
        if u.parent in uids and u.uid not in uids and u.abolished is None
    ]


def _few(names: Sequence[str]) -> str:
    return "、".join(names[:NAMED]) + (f"等 {len(names)} 个" if len(names) > NAMED else "")


def _day(text: str) -> str:
    day = dt.date.fromisoformat(text)
    return f"{day.year}年{day.month}月{day.day}日"


# -- doing it --------------------------------------------------------------------------------------


def carry_out(session: WriteContext, wish: Wish) -> Plan:
    """Do all of it, or nothing: one change, which one undo takes back. Looks again first: somebody
    may have written since."""
    ready = plan(session, wish)
    assert wish.day is not None
    with session.atomic("form", ready.title):
        _write(session, ready, wish.day)
    return ready


def _write(session: WriteContext, ready: Plan, day: dt.date) -> None:
    wish, known = ready.wish, {uid for _, uid in ready.targets if uid}
    going = [uid for uid in dict.fromkeys(wish.units) if uid not in known]
    first = session.must_get(UNIT_KIND, going[0])
    uids = _heirs(session, ready, first, day)
    session.names.forget()  # the new ones are named below
    ends = {uid: _end_of(session, wish, uid, uids, known, day) for uid in going}
    for uid, values in ends.items():
        session.set(UNIT_KIND, uid, values)
    if len(uids) == 1 and wish.way != CARVE:
        _put_under(session, uids[0], going)
    # what is handed over keeps whose it was only where the book knows that the one came of the
    # other
    session.names.forget()
    _hand_over(session, ready, uids, day)


def _heirs(session: WriteContext, ready: Plan, first: Record, day: dt.date) -> list[str]:
    """The units that come after, new ones set up like the first that goes."""
    return [
        uid or _new(session, name, first, day, primary=not place)
        for place, (name, uid) in enumerate(ready.targets)
    ]


def _put_under(session: WriteContext, heir: str, going: list[str]) -> None:
    """The units below those that go come under the heir, which itself stands where the first
    stood."""
    units = [session.names.units()[uid] for uid in going]
    above = session.must_get(UNIT_KIND, going[0]).values.get("superior")
    for unit in _below(session, units):
        if unit.uid != heir:
            session.set(UNIT_KIND, unit.uid, {"superior": heir})
    if session.must_get(UNIT_KIND, heir).values.get("superior") in going:
        session.set(UNIT_KIND, heir, {"superior": above})


def _new(session: WriteContext, name: str, like: Record, day: dt.date, *, primary: bool) -> str:
    kind = session.kinds.get(UNIT_KIND)
    along = TAKEN_ALONG if primary else TAKEN_ALONG[:3]
    values = {n: like.values.get(n) for n in along if kind.has(n)}
    return session.add(UNIT_KIND, {**values, kind.title: name, "established_on": day})


def _end_of(
    session: ReadContext, wish: Wish, uid: str, uids: list[str], known: set[str], day: dt.date
) -> Values:
    if wish.way in (RENAME, MERGE):
        return {"abolished_on": day, "successor": uids[0]}
    if wish.way == ABOLISH:
        return {"abolished_on": day, **({"successor": uids[0]} if uids else {})}
    # what was carved out of it before stays in the list
    before = tuple(session.must_get(UNIT_KIND, uid).values.get("split_into") or ())
    if wish.way == SPLIT:
        return {"abolished_on": day, "split_into": before + tuple(uids)}
    # a unit that stood already did not come of this one, it only takes over work
    return {"split_into": before + tuple(each for each in uids if each not in known)}


def _hand_over(session: WriteContext, ready: Plan, uids: list[str], day: dt.date) -> None:
    wish, refused = ready.wish, []
    for item in ready.items:
        place = wish.shares.get(item.uid)
        target = (
            uids[place]
            if place is not None
            else wish.hand_to if wish.way == ABOLISH and not uids else None
        )
        if target is None or item.obstacle:
            continue
        try:
            _give(
                session, item, target,
                f"单位{WAYS[wish.way]}，由「{session.unit_name(item.unit)}」转来", day,
            )
        except ZhengxianError as error:
            refused.append(f"{item.title}：{error.message}")
    if refused:
        more = f"等 {len(refused)} 件" if len(refused) > NAMED else ""
        raise BadInput(
            f"有 {len(refused)} 件不能转办，整个变动都没有做，"
            f"请把它们留在原单位。{''.join(refused[:NAMED])}{more}"
        )


def _give(session: WriteContext, item: OpenItem, target: str, note: str, day: dt.date) -> None:
    kind = session.kinds.get(item.kind)
    handing = _handing_over(session, kind)
    record = session.must_get(item.kind, item.uid)
    assert handing is not None and kind.unit is not None
    if record.state in handing.from_:
        session.take_step(item.kind, item.uid, handing.name, note, {kind.unit: target})
        unit_assignment.backdate_transfer(session, session.must_get(item.kind, item.uid), day)
    else:
        session.set(item.kind, item.uid, {kind.unit: target})
