"""The vocabulary in which a lifecycle's steps say what they write, and the checks that such a
declaration makes sense.

A *source* says where a value comes from; several parted by ``|`` are tried in turn until one is not
blank:

    today · now · year · user · note       the day, the moment (text), the year, the login name,
    what the person wrote state · kind                           the state before the step, the name
    of the record's kind field:x · ask:x · update:x             the record's field, what was asked
    for, a field of the child that the step changes text:…                                 just that
    next:a,b                               for a child: one more than the highest number among
    children alike in a and b +1                                     one more than the field holds
    clear                                  blank
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache

from db.errors import DeclarationError
from db.model.declarations import ACTION_NAME, Action, Kind, Lifecycle
from db.model.roles import ROLES

WORDS = frozenset({"today", "now", "year", "user", "note", "state", "kind", "clear", "+1"})
PREFIXES = ("ask:", "field:", "text:", "update:", "next:")


@lru_cache(maxsize=1_000)
def parse_sources(source: str) -> tuple[tuple[str, str], ...]:
    """The single sources of one declared source, in the order in which they are tried, as (word,
    rest)."""
    return tuple(
        (word, rest) for word, _, rest in (single.partition(":") for single in source.split("|"))
    )


def _sources(action: Action) -> Iterator[tuple[str, str]]:
    """Every (field, single source) of an action."""
    maps = [action.set, *(update.values for update in action.updates)]
    if action.child is not None:
        maps.append(action.child.values)
    for values in maps:
        for field, source in values.items():
            for single in source.split("|"):
                yield field, single


def check_roles(roles: Iterable[str], where: str) -> None:
    """Roles that there are; a misspelt one would keep everybody out without a word."""
    for role in roles:
        if role not in ROLES:
            raise DeclarationError(f"{where} 中没有「{role}」这种角色，可写：{'、'.join(ROLES)}。")


def check_lifecycle(cycle: Lifecycle) -> None:
    """Names unique, states and sources known, every state reachable; raises ``DeclarationError``
    naming file and key."""
    where = f"{cycle.name}.toml"
    states = [s.name for s in cycle.states]
    if len(set(states)) != len(states):
        raise DeclarationError(f"{where}：状态名重复。")
    if cycle.initial not in states:
        raise DeclarationError(f"{where}：initial「{cycle.initial}」不是它的状态。")
    if len({a.name for a in cycle.actions}) != len(cycle.actions):
        raise DeclarationError(f"{where}：操作名重复。")
    for action in cycle.actions:
        _check_action(action, states, where)
    _check_states(cycle, states, where)
    for name in cycle.by_steps:
        if name != "state" and all(name not in action.set for action in cycle.actions):
            raise DeclarationError(f"{where}：by_steps 的「{name}」没有哪一步填写。")


def _check_states(cycle: Lifecycle, states: Sequence[str], where: str) -> None:
    for each in cycle.states:
        if each.edited_to and each.edited_to not in states:
            raise DeclarationError(
                f"{where}：状态 {each.name} 的 edited_to「{each.edited_to}」不存在。"
            )
    reached = _reachable(cycle)
    for state in states:
        if state not in reached:
            raise DeclarationError(f"{where}：状态「{state}」走不到。")


def _fixed_target(action: Action) -> str | None:
    """The state that an action leads to, unless a field says which."""
    return None if not action.to or action.to.startswith("field:") else action.to


def _check_action(action: Action, states: Sequence[str], where: str) -> None:
    if not ACTION_NAME.match(action.name):
        raise DeclarationError(f"{where}：操作名「{action.name}」应为小写英文和短横线。")
    check_roles(action.roles, f"{where}：操作 {action.name} 的 roles")
    for state in (*action.from_, _fixed_target(action)):
        if state is not None and state not in states:
            raise DeclarationError(f"{where}：操作 {action.name} 用到的状态「{state}」不存在。")
    for field, source in _sources(action):
        if source not in WORDS and not source.startswith(PREFIXES):
            raise DeclarationError(
                f"{where}：操作 {action.name} 给 {field} 的来源「{source}」无法识别。"
            )
        if source.startswith("ask:") and source[4:] not in (*action.ask, *action.offer):
            raise DeclarationError(
                f"{where}：操作 {action.name} 用了 {source}，却没有列在 ask 或 offer 中。"
            )


def _reachable(cycle: Lifecycle) -> set[str]:
    """The states to which actions lead from the first one."""
    reached, waiting = {cycle.initial}, [cycle.initial]
    while waiting:
        here = waiting.pop()
        for action in cycle.actions:
            target = _fixed_target(action)
            if here in action.from_ and target is not None and target not in reached:
                reached.add(target)
                waiting.append(target)
    return reached


def needed_fields(action: Action) -> set[str]:
    """Fields of the record that an action reads, writes or keeps; what it asks for may belong to a
    child instead."""
    needed = {
        *action.set,
        *action.keep,
        *action.keep.values(),
        *action.not_before_today,
        *action.requires,
        *action.not_by_writers,
    }
    needed |= {source[6:] for _, source in _sources(action) if source.startswith("field:")}
    if action.to and action.to.startswith("field:"):
        needed.add(action.to[6:])
    if action.not_by:
        needed.add(action.not_by)
    return needed


def fits_any_kind(cycle: Lifecycle) -> bool:
    """Whether a ledger made by the office can go through it: it brings along every field its steps
    need."""
    own = {f.name for f in cycle.fields}
    return all(needed_fields(action) <= own for action in cycle.actions)


def check_actions(kind: Kind, cycle: Lifecycle, find: Callable[[str], Kind | None]) -> None:
    """Every field and child that the lifecycle's actions name is there; raises ``DeclarationError``
    naming file and key."""
    where = f"{kind.name}.toml"
    known = {f.name for f in kind.all_fields}
    for action in cycle.actions:
        of_child = _fields_of_children(action, find, where)
        asked = {name for name in (*action.ask, *action.offer) if name not in of_child}
        for name in needed_fields(action) | asked:
            if name not in known:
                raise DeclarationError(
                    f"{where}：流程操作 {action.name} 要用的字段「{name}」不存在。"
                )


def _fields_of_children(action: Action, find: Callable[[str], Kind | None], where: str) -> set[str]:
    """The fields of the records that an action writes below; those that it names are there."""
    found: set[str] = set()
    for part in (*action.updates, *((action.child,) if action.child else ())):
        child = find(part.kind)
        if child is None:
            raise DeclarationError(f"{where}：操作 {action.name} 的子记录「{part.kind}」不存在。")
        fields = {f.name for f in child.all_fields}
        found |= fields
        for target in (*part.values, *getattr(part, "where", ())):
            if target not in fields:
                raise DeclarationError(
                    f"{where}：操作 {action.name} 的子记录没有字段「{target}」。"
                )
    return found


def written_by_steps_alone(cycle: Lifecycle) -> set[str]:
    """Fields that steps fill without ever taking what a person typed: typing them would tell of a
    step that nobody took."""
    filled: set[str] = set()
    typed: set[str] = set()
    for action in cycle.actions:
        for name, source in action.set.items():
            sources = source.split("|")
            (
                typed
                if f"field:{name}" in sources or any(s.startswith("ask:") for s in sources)
                else filled
            ).add(name)
    return filled - typed
