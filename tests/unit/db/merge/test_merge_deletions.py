"""Deletions, facts that are joined and values that give way, case by case: who is asked what, and by whom it is answered."""

from __future__ import annotations

from typing import Any

import pytest

from db.merge.merge import DELETED, Bounds, Pending, Row, RowMerge, merge_row
from db.merge.versions import RowVersions, Vector

FIELDS = ["title", "note", DELETED]
OLD: Vector = {"s1": 1}
EDIT: Vector = {"s1": 1, "s2": 2}
MARK: Vector = {"s1": 1, "s3": 3}


def row(values: dict[str, Any], waiting: dict[str, list[Pending]] | None = None, **vectors: Vector) -> Row:
    whole = {"title": "旧", "note": "记", DELETED: False, **values}
    return Row(whole, RowVersions(OLD, vectors, {}), waiting or {})


def merged(mine: Row, theirs: Row, fields: list[str] = FIELDS, **bounds: Any) -> RowMerge:
    return merge_row("u", mine, theirs, fields, bounds=Bounds(**bounds))


GONE, EDITED, PLAIN = row({DELETED: True}, deleted=MARK), row({"title": "新"}, title=EDIT), row({})


def test_an_edit_for_a_living_record_beside_which_something_waits_is_taken() -> None:
    mine = row({}, {"note": [Pending("别", {"s4": 1})]}, deleted={"s1": 1, "s5": 1})
    out = merged(mine, EDITED)
    assert out.changes == {"title": ("新", EDIT)} and out.taken == ["title"] and out.pending == {}


def test_an_edit_for_a_record_that_i_deleted_waits_and_it_is_asked_once_whether_it_should_live() -> None:
    out = merged(GONE, EDITED)
    assert out.changes == {} and out.taken == [] and set(out.pending) == {"title", DELETED}
    assert out.pending["title"] == [Pending("新", EDIT, ("s1", "s2"))]
    (question,) = out.pending[DELETED]
    assert question.value is False and sorted(question.vector.values()) == [1, 1] and question.vector["s1"] == 1
    asked = Row(GONE.values, GONE.versions, out.pending)
    assert not merged(asked, EDITED), "the same file again asks nothing more"
    more = merged(asked, row({"note": "改"}, note=EDIT))
    assert set(more.pending) == {"note", DELETED} and len(more.pending[DELETED]) == 2
    told = merged(asked, EDITED, ["title"])
    assert told.changes == {"title": ("新", EDIT)} and told.pending == {"title": []}, "a row that says nothing of life asks for none"


def test_an_edit_that_came_on_top_of_my_deletion_is_no_question() -> None:
    seen = row({"title": "新", DELETED: True}, title=EDIT, deleted=MARK)
    assert merged(GONE, seen).changes == {"title": ("新", EDIT)}
    back = row({"title": "新"}, title=EDIT, deleted={**MARK, "s2": 3})
    out = merged(GONE, back)
    assert out.changes == {"title": ("新", EDIT), DELETED: (False, {**MARK, "s2": 3})} and out.pending == {}


def test_who_may_not_say_whether_it_lives_asks_on_top_of_mine() -> None:
    out = merged(GONE, row({"title": "新"}, title=EDIT, deleted={**MARK, "s2": 9}), refused=(DELETED,))
    (question,) = out.pending[DELETED]
    assert out.changes == {} and {site: n for site, n in question.vector.items() if site[0] == "s"} == MARK


def test_a_deletion_that_saw_all_is_taken_and_one_that_did_not_waits() -> None:
    out = merged(PLAIN, GONE)
    assert out.changes == {DELETED: (True, MARK)} and out.taken == [DELETED] and out.pending == {}
    out = merged(row({"title": "改"}, title={"s1": 4}), GONE)
    assert out.changes == {} and out.taken == [] and out.conflicts == {DELETED: Pending(True, MARK, ("s1", "s3"))}
    out = merged(row({"title": "改"}, title={"s1": 4}), row({DELETED: True, "title": "改"}, title={"s1": 4}, deleted=MARK))
    assert out.taken == [DELETED], "it had the edit before it"


def test_a_deletion_must_have_seen_what_waits_here_too() -> None:
    mine = row({}, {"title": [Pending("等", EDIT)], DELETED: [Pending(False, {"s9": 1})]})
    assert list(merged(mine, GONE).conflicts) == [DELETED]
    seen = row({DELETED: True, "title": "新"}, title={**EDIT, "s3": 2}, deleted=MARK)
    out = merged(mine, seen)
    assert out.taken == ["title", DELETED] and out.pending == {"title": []}


def test_where_they_brought_it_back_what_waited_for_that_is_taken() -> None:
    waits = {"title": [Pending("新", EDIT)], "note": [Pending("别", {"s4": 1})], DELETED: [Pending(False, {"s1": 1, "We!": 1}), Pending(True, {"s8": 1})]}
    mine = row({DELETED: True}, waits, deleted=MARK)
    out = merged(mine, row({}, deleted={**MARK, "s2": 5}))
    assert out.changes == {DELETED: (False, {**MARK, "s2": 5}), "title": ("新", EDIT)}
    assert out.taken == [DELETED, "title"] and out.authors["title"] == ("s1", "s2")
    assert out.pending == {"title": [], DELETED: [Pending(True, {"s8": 1})]}, "the other note is still a question, and so is a deletion"


def test_whose_life_was_asked_for_is_answered_by_who_deletes_it_having_seen_the_edits() -> None:
    asked = Row(GONE.values, GONE.versions, merged(GONE, EDITED).pending)
    same = row({DELETED: True}, deleted=MARK)
    assert not merged(asked, same), "my own state that comes back answers nothing"
    unseen = row({DELETED: True}, deleted={**MARK, "s4": 1})
    again = merged(asked, unseen)
    assert again.changes == {DELETED: (True, {**MARK, "s4": 1})} and again.pending == {}, "who deletes it without the edit answers nothing"
    seen = row({DELETED: True, "title": "新"}, title=EDIT, deleted={**MARK, "s4": 1})
    out = merged(asked, seen)
    assert out.pending[DELETED] == [] and out.changes["title"] == ("新", EDIT)
    assert DELETED not in merged(asked, seen, ["title", "note"]).pending
    (question,) = asked.waiting[DELETED]
    later = Row(asked.values, asked.versions, {**asked.waiting, DELETED: [Pending(False, {**question.vector, "s7": 5})]})
    assert merged(later, seen).pending == {"title": []}, "it rests on a write that they have not seen"


def test_a_question_whose_edits_no_longer_wait_is_answered_by_who_has_seen_all_and_says_more() -> None:
    mine = row({DELETED: True, "title": "新"}, {DELETED: [Pending(False, {"s1": 1, "We!": 1})]}, title=EDIT, deleted=MARK)
    more = row({DELETED: True, "title": "新"}, title=EDIT, deleted={**MARK, "s4": 1})
    assert merged(mine, more).pending == {DELETED: []}
    less = row({DELETED: True}, deleted={**MARK, "s4": 1})
    assert DELETED not in merged(mine, less).pending


@pytest.mark.parametrize("living", [True, False])
def test_a_disowned_deletion_gives_way_and_asks_nobody(living: bool) -> None:
    mine = row({DELETED: True}, {DELETED: [Pending(False, {"s1": 1, "s3": 3})]}, deleted=MARK)
    theirs = row({DELETED: not living, "title": "新"}, title=EDIT)
    out = merged(mine, theirs, disowned={DELETED: OLD})
    if living:
        assert out.changes == {DELETED: (False, OLD), "title": ("新", EDIT)} and out.pending == {DELETED: []}
    else:
        assert out.changes == {"title": ("新", EDIT)}, "both say that it is gone"


def test_a_disowned_value_gives_way_only_to_who_knows_what_it_is_worth() -> None:
    mine = row({"title": "越"}, title={"s1": 4, "s9": 1})
    theirs = row({"title": "原"}, title={"s1": 4})
    out = merged(mine, theirs, disowned={"title": {"s1": 4}})
    assert out.changes == {"title": ("原", {"s1": 4})} and out.taken == ["title"]
    assert not merged(mine, row({"title": "原"}, title={"s1": 3}), disowned={"title": {"s1": 4}})
    assert not merged(mine, theirs, disowned={"title": {"s1": 4}}, refused=("title",))
    assert not merged(mine, theirs, ["note", DELETED], disowned={"title": {"s1": 4}})
    gone = row({"title": "原", DELETED: True}, title={"s1": 4}, deleted=MARK)
    assert merged(mine, gone, disowned={"title": {"s1": 4}}).taken == ["title", DELETED], "a deletion need have seen only what it is worth"
    early = row({"title": "原", DELETED: True}, deleted=MARK)
    assert list(merged(mine, early, disowned={"title": {"s1": 4}}).conflicts) == [DELETED]


def test_facts_of_both_sides_are_joined_and_never_wait() -> None:
    mine, theirs = row({"note": (1,), DELETED: True}, note={"s1": 4}, deleted=MARK), row({"note": (2,)}, note=EDIT)
    out = merged(mine, theirs, joins={"note": lambda a, b: tuple(sorted({*a, *b}))})
    assert out.changes == {"note": ((1, 2), {"s1": 4, "s2": 2})} and out.taken == ["note"] and out.authors["note"] == ("s1", "s2")
    assert out.pending == {}, "a fact alone asks for no life"
    out = merged(mine, row({"note": (1,)}, note=EDIT), joins={"note": lambda a, b: a})
    assert out.taken == [] and out.changes["note"] == ((1,), {"s1": 4, "s2": 2})


def settled(value: Any, fields: list[str] = FIELDS, **bounds: Any) -> RowMerge:
    mine, theirs = row({"title": "我", "note": (1,)}, title={"s1": 4}), row({"title": "他", "note": (1,)}, title=EDIT)
    mine.versions.set("title", {"s1": 4}, ("s1",))
    theirs.versions.set("title", EDIT, ("s2",))
    facts = {"note": lambda a, b: a}
    return merged(mine, theirs, fields, joins=facts, settles=lambda *_: None if value is None else (value,), **bounds)


def test_of_two_values_that_steps_wrote_one_stands_without_a_question() -> None:
    for value, taken, authors in (("我", [], ("s1",)), ("他", ["title"], ("s2",)), ("都", ["title"], ("s1", "s2"))):
        out = settled(value)
        assert out.changes == {"title": (value, {"s1": 4, "s2": 2})} and out.settled == ["title"] and out.pending == {}
        assert out.taken == taken and out.authors["title"] == authors
    for left in (settled(None), settled("我", ["title", DELETED]), settled("我", refused=("note",))):
        assert left.changes == {} and left.settled == [] and list(left.conflicts) == ["title"], "a person must say"
