"""The column that stands for the title where none is called so: what says what an item is about, of
these the longest; else a short text that each row has for itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from desktop.exchange.foreign.column_facts import ColumnFacts, FieldMatch
from desktop.exchange.foreign.column_texts import NEARLY_ALL, han, is_worded, share_of
from desktop.exchange.foreign.heading_words import is_name, meanings
from desktop.exchange.foreign.headings import Matcher

#: What it is worth that a heading says what an item is about.
_MOST = 3.0


def stand_in(
    matcher: Matcher, columns: Mapping[int, ColumnFacts], taken: Mapping[int, FieldMatch],
    may_tell: Callable[[str], bool], of_others: Callable[[ColumnFacts], float],
) -> int | None:
    """Which column it is, None where there is none. ``may_tell``: whether a field holds words;
    ``of_others``: how many values of a column name units or people, 0 to 1."""
    may_be = {at: each for at, each in columns.items() if not matcher.left_out(each.heading)}
    ranks = [
        (_rank(matcher, facts.heading, taken.get(at)), *_stands_well(facts.heading, taken.get(at)),
         facts.average, -at)
        for at, facts in may_be.items()
        if _tells(facts) and _is_free(taken.get(at), may_tell)
    ]  # fmt: skip
    names = (
        at for at, facts in may_be.items()
        if at not in taken and _names_things(facts) and of_others(facts) < NEARLY_ALL
    )
    return -max(ranks)[-1] if ranks else next(names, None)


def _is_free(taken: FieldMatch | None, may_tell: Callable[[str], bool]) -> bool:
    return taken is None or may_tell(taken.field)


def _names_things(facts: ColumnFacts) -> bool:
    """Whether each row says something short of its own there, as 白杨村 under 村（社区、单位）."""
    texts = facts.texts
    apart = len(texts) > 1 and len(set(texts)) == len(texts)
    return apart and share_of(texts, is_worded) == 1


def _tells(facts: ColumnFacts) -> bool:
    worded = [text for text in facts.texts if han(text) >= 4]
    return len(worded) * 2 > len(facts.texts)


def _rank(matcher: Matcher, heading: str, taken: FieldMatch | None) -> float:
    return max(_about_what(heading, taken), _MOST * matcher.ends_like_title(heading))


def _about_what(heading: str, taken: FieldMatch | None) -> float:
    """How far a column says what an item is about, by its heading; what somebody says of it does
    only where the ledger does not ask for that."""
    said = meanings(heading)
    if taken is not None and said[:1] == ("opinion",):
        return 1.0
    ranks = {
        "title": _MOST, "difficulty": _MOST, "problem": _MOST, "opinion": _MOST,
        "requirement": 2.5, "goal": 2, "place": 1.2, "measures": 1, "progress": 0.5,
    }  # fmt: skip
    # what is a field of the ledger already says less what its items are
    return max((ranks.get(each, 0.0) for each in said), default=0.75 if taken else 1.5)


def _stands_well(heading: str, taken: FieldMatch | None) -> tuple[bool, bool]:
    """Whether a column that could stand for the title is no other field, and is called like a
    matter; the name of a thing is neither."""
    matter = not is_name(heading)
    return matter and taken is None, matter and "title" in meanings(heading)
