"""What a search finds and counts, however it goes about it, is what the texts hold: over random records, with those of other kinds
and deleted ones among them, and such as were put back."""

from __future__ import annotations

import datetime as dt
import random
from pathlib import Path

import msgspec
import pytest

from db.model.query import Query, Where
from db.session import Session
from db.store import match_counts
from db.store import query as queries
from tests.samples import new_office

KIND, OTHER = "rectification", "assigned_item"
WORDS = ("食堂", "道路", "井盖", "河道", "安全", "堂", "道", "井", "Ａ1", "路灯")
RARE = "食堂道路井盖"


def _text(chance: random.Random) -> str:
    return "".join(chance.choices(WORDS, k=chance.randrange(2, 9))) + (RARE if chance.random() < 0.05 else "")


def _changed(session: Session, chance: random.Random) -> None:
    """A record that is made, rewritten, deleted or put back, of either kind."""
    kind = chance.choice((KIND, KIND, OTHER))
    held = [r.uid for r in session.find(Query(kind=kind))]
    gone = [r.uid for r in session.find(Query(kind=kind, deleted="only"))]
    step = chance.random()
    if step < 0.55 or not held:
        session.add(kind, {"title": _text(chance)})
    elif step < 0.75:
        session.delete(kind, chance.choice(held))
    elif step < 0.9 and gone:
        session.restore(kind, chance.choice(gone))
    else:
        session.set(kind, chance.choice(held), {"title": _text(chance)})


def _asked(chance: random.Random) -> Query:
    text = _text(chance) + RARE
    start = chance.randrange(len(text) - 1)
    search = text[start : start + chance.choice((1, 2, 2, 3, 4, 6, 9))]
    if chance.random() < 0.1:
        search += " " + chance.choice(WORDS)
    where = (Where("title", "contains", chance.choice(WORDS)),) if chance.random() < 0.3 else ()
    return Query(kind=chance.choice((KIND, KIND, OTHER)), search=search, where=where,
                 deleted="only" if chance.random() < 0.1 else "no")


@pytest.mark.parametrize("seed", range(3))
def test_the_index_and_the_texts_say_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    chance = random.Random(seed)
    for name, values in (("_SOME", (0, 3)), ("_MANY", (0, 3)), ("_SIDE", (1, 8)), ("_A_LOOK", (1, 8, 1200)), ("_MOST", (2, 1000)), ("_SAMPLE", (1, 3)), ("_OFTEN", (0.05, 0.25)),
                         ("_LEFT", (0.002, 0.99)), ("_PAIRS", (1, 16))):
        monkeypatch.setattr(queries if hasattr(queries, name) else match_counts, name, chance.choice(values))
    with new_office(tmp_path, dt.date(2026, 9, 1)) as session:
        with session.atomic():
            for _ in range(25):
                _changed(session, chance)
        for _ in range(5):
            with session.atomic():
                for _ in range(3):
                    _changed(session, chance)
            for _ in range(6):
                asked = _asked(chance)
                every = session.find(msgspec.structs.replace(asked, search="", where=()))
                wanted = [r.id for r in every if all(term in r.values["title"] for term in (*asked.search.split(), *(w.value for w in asked.where)))]
                rows = [row[0] for row in session.office.connection.execute(*queries.Compiled(asked, session).sql("id"))]
                assert rows == wanted or "Ａ" in asked.search or "1" in asked.search, "a word is found by its beginning"
                wanted = rows
                assert session.count(asked) == len(wanted), asked
                assert [*session.ids(asked)] == wanted
                first = session.first_ids(asked, 4)
                assert first is None or [*first] == wanted[:4]


def _book(session: Session) -> None:
    """Records of the other kind, deleted and put back ones around and among those that are asked for; half of them hold 食堂."""
    with session.atomic():
        for number in range(120):
            kind = OTHER if number < 12 or number % 40 == 0 else KIND
            uid = session.add(kind, {"title": ("食堂道路", "道路食堂", RARE if number == 62 else "河堤", "食堂")[number % 4] + str(number)})
            if number % 29 == 0:
                session.delete(kind, uid)
            if number % 58 == 0:
                session.restore(kind, uid)


def test_what_many_hold_is_counted_by_the_index_and_passed_over_where_few_hold_the_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "_MANY", 5)
    monkeypatch.setattr(match_counts, "_A_LOOK", 8)
    monkeypatch.setattr(match_counts, "_SIDE", 4)
    monkeypatch.setattr(match_counts, "_SAMPLE", 3)
    monkeypatch.setattr(match_counts, "_LEFT", 0.3)
    with new_office(tmp_path, dt.date(2026, 9, 1)) as session:
        _book(session)
        known = queries.Known(session.office, KIND, 5)
        assert known.narrowed(RARE, "all") == '"路井" AND "井盖"', "the others are everywhere"
        assert known.narrowed("道路食堂", "all") == known.narrowed("食堂", "all") == "all", "none is seldom"
        assert known.narrowed("食堂A", "all") == "all", "a word may begin before the term"
        held = len([r for r in session.find(Query(kind=KIND, deleted="any")) if "道路" in r.values["title"]])
        counted: list[str] = []
        session.office.connection.set_trace_callback(counted.append)
        for number in (held + 9, 0, held, held - 1, 3, held + 1, held - 1):
            assert known.held_by_more('"道路"', number) == (held > number)
        assert len([each for each in counted if each.startswith("SELECT count")]) == 1, "nobody counts again"
        session.office.connection.set_trace_callback(None)
        other = queries.Known(session.office, KIND, 5)
        assert [other.held_by_more('"道路"', number) for number in (0, 2, held - 1, held, held - 2)] == [True, True, True, False, True]
        looked: list[str] = []
        session.office.connection.set_trace_callback(looked.append)
        for search in ("食", "食堂", "盖"):
            held = [r for r in session.find(Query(kind=KIND)) if search in r.values["title"]]
            looked.clear()
            assert session.count(Query(kind=KIND, search=search)) == len(held) > 0
            assert not any("NOT IN" in each for each in looked)
        states = iter(range(10))
        monkeypatch.setattr(queries.Known, "_state", lambda known: next(states))
        looked.clear()
        assert session.count(Query(kind=KIND, search="盖")) == len(held)
        assert any("NOT IN" in each for each in looked), "somebody wrote between: counted again in one look"
        session.office.connection.set_trace_callback(None)
