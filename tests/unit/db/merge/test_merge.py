"""Corners of the merge that histories of several offices pass by (found by mutation tests)."""

from __future__ import annotations

from typing import Any

from db.merge.merge import (
    DELETED,
    Bounds,
    Outcome,
    Pending,
    Row,
    RowMerge,
    decide_row,
    is_answered_by_live_record,
    is_correction,
    merge_field,
    merge_row,
    news,
    taken_again,
    typed_site,
    typed_vector,
)
from db.merge.versions import RowVersions, Vector


def row(values: dict[str, Any], fields: dict[str, Vector], waiting: dict[str, list[Pending]] | None = None) -> Row:
    return Row(values, RowVersions({}, fields), waiting or {})


def test_the_table_of_two_values() -> None:
    mine, old, new, other = ("乙", {"s1": 2}), ("甲", {"s1": 1}), ("丙", {"s1": 2, "s2": 1}), {"s1": 1, "s2": 1}
    assert merge_field(mine, old) == Outcome("seen", *mine) and merge_field(mine, new) == Outcome("taken", *new)
    assert merge_field(mine, ("乙", other)) == Outcome("joined", "乙", new[1])
    assert merge_field(mine, ("丙", other)) == merge_field(mine, ("乙", other), same=False) == Outcome("conflict", *mine)
    assert merge_field(mine, ("丙", other), same=True) == Outcome("joined", "乙", new[1])


def test_news_is_told_field_by_field_in_its_order() -> None:
    one, two, mixed = RowVersions({"s1": 1}), RowVersions({"s1": 2}), RowVersions({"s1": 1}, {"a": {"s1": 1, "s2": 1}, "b": {"s1": 1}})
    assert news(two, one, "ab") == [] and news(one, two, "ba") == ["b", "a"] and news(one, mixed, "bca") == ["a"]
    assert news(RowVersions({"s1": 2}, {"b": {}, "c": {}}), mixed, "cdba") == ["c", "b", "a"]
    assert news(mixed, two, "abc") == ["a", "b", "c"] and news(RowVersions({"s1": 2}, {"a": {"s1": 1}}), two, "ab") == ["a"]


def test_a_typed_write_has_the_name_that_it_always_had() -> None:
    assert typed_site("e1", "u1", "deadline", "2022-09-05") == "WZQqoAXpKP5e-"  # files out there hold such names


def test_a_value_is_a_corrected_return_only_on_top_of_the_export_alone() -> None:
    assert is_correction({"s1": 2, "Wa": 1}, {"s1": 2}, "Wa")
    assert not is_correction({"s1": 3, "Wa": 1}, {"s1": 2}, "Wa"), "edited here since"
    assert not is_correction({"s1": 2}, {"s1": 2}, "Wa"), "never typed"


def test_deciding_on_a_field_of_a_deleted_record_confirms_the_deletion() -> None:
    mine = row({DELETED: True, "title": "旧"}, {DELETED: {"s1": 4}, "title": {"s1": 1}})
    out = decide_row(mine, "title", Pending("新", {"s2": 1}), "s1", 5)
    assert out.changes["title"] == ("新", {"s1": 5, "s2": 1})
    assert out.changes[DELETED] == (True, {"s1": 5})
    assert out.authors[DELETED] == ("s1",)


def revived(title: object, *waiting: Pending) -> Any:
    """A deleted record that is to live again after all."""
    mine = row(
        {DELETED: True, "title": title}, {DELETED: {"s1": 2}, "title": {"s1": 1}},
        {"title": list(waiting), DELETED: [Pending(False, {"s1": 2, "s2": 9})]},
    )
    mine.versions.set("title", {"s1": 1}, ("s1",))
    return decide_row(mine, DELETED, Pending(False, {"s1": 2, "s2": 9}), "s1", 3)


def test_what_waited_and_is_the_same_has_both_authors_when_the_record_lives() -> None:
    out = revived("甲", Pending("甲", {"s2": 3}, ("s2",)))
    assert out.changes["title"] == ("甲", {"s1": 1, "s2": 3})
    assert out.authors["title"] == ("s1", "s2") and "title" not in out.taken


def test_what_waited_and_is_taken_twice_is_told_once() -> None:
    out = revived("甲", Pending("乙", {"s1": 1, "s2": 3}, ("s2",)), Pending("丙", {"s1": 1, "s2": 4}, ("s2",)))
    assert out.changes["title"] == ("丙", {"s1": 1, "s2": 4})
    assert out.taken.count("title") == 1 and out.authors["title"] == ("s2",)


def test_a_value_that_gives_way_is_told() -> None:
    mine = row({"title": "越权"}, {"title": {"s1": 1, "s3": 1}})
    theirs = row({"title": "原来"}, {"title": {"s1": 1}})
    out = merge_row("u", mine, theirs, ["title"], bounds=Bounds(disowned={"title": {"s1": 1}}))
    assert out.changes["title"] == ("原来", {"s1": 1}) and out.taken == ["title"]


def test_a_typed_cell_is_one_write_on_top_of_what_was_exported() -> None:
    assert typed_vector({"s1": 2}, "e1", "u1", "deadline", "2022-09-05", "t") == {"s1": 2, "WZQqoAXpKP5e-t": 1}


def test_whoever_lives_by_the_edits_asked_about_answers_the_question() -> None:
    question = {"s1": 2, "s3": 1, "Wedit!": 1}
    assert is_answered_by_live_record(question, {"s1": 2, "s3": 1})
    assert not is_answered_by_live_record(question, {"s1": 1, "s3": 1, "Wedit!": 1})
    assert not is_answered_by_live_record(question, {"s1": 2})
    assert is_answered_by_live_record(question, {"s1": 2}, {"s3"})


def test_what_a_merge_does_is_something_where_it_writes_or_leaves_something_waiting() -> None:
    assert RowMerge(changes={"a": (1, {"s1": 1})}) and RowMerge(pending={"a": []})
    assert not RowMerge(taken=["a"], conflicts={"a": Pending(1, {"s1": 1})})


def test_vectors_afterwards_are_those_written_but_of_fields_that_were_left_out() -> None:
    out = RowMerge(changes={"a": (1, {"s1": 3, "s2": 1}), "b": (2, {"s2": 4})}, authors={"a": ("s2",)})
    before = RowVersions({"s1": 3})
    after = out.applied(before, ["b"])
    assert after == RowVersions({"s1": 3}, {"a": {"s1": 3, "s2": 1}}, {"a": ("s2",)}) and before == RowVersions({"s1": 3})


def test_only_what_becomes_another_value_is_taken() -> None:
    mine, theirs = row({"a": 1, "b": 1}, {}), row({"a": 1, "b": 2}, {"a": {"s2": 1}, "b": {"s2": 1}})
    out = merge_row("u", mine, theirs, ["a", "b"])
    assert out.taken == ["b"] and out.changes == {"a": (1, {"s2": 1}), "b": (2, {"s2": 1})} and out.authors["b"] == ("s2",)
    assert out.alone and not merge_row("u", theirs, mine, ["a", "b"]).changes
    assert taken_again(mine, theirs, out.changes) == out and taken_again(mine, theirs, ["a"]).taken == []
    assert merge_row("u", mine, theirs, ["a", "b"], same=lambda *_: True).taken == []
    assert decide_row(mine, "a", Pending(1, {"s2": 1}), "s1", 1).taken == []
    assert decide_row(mine, "a", Pending(3, {"s2": 1}), "s1", 1).taken == ["a"]
    assert DELETED not in decide_row(mine, "a", Pending(3, {"s2": 1}), "s1", 1).changes


def test_a_question_stays_until_what_it_is_asked_for_is_in_the_record() -> None:
    """A record that lives beside a question whether it should, and one whether it should not."""
    life, death = Pending(False, {"s1": 1, "s9": 2}), Pending(True, {"s1": 1})
    mine = row({DELETED: False, "title": "旧"}, {DELETED: {"s1": 1}}, {DELETED: [life, death, Pending(False, {"s1": 1, "We!": 1})]})
    assert decide_row(mine, "title", Pending("新", {"s2": 1}), "s1", 2).pending == {DELETED: [life, death]}
