"""The texts of versions, exactly: files and books out there hold them, and what arrives may be anything."""

from __future__ import annotations

import pytest

from db.merge.versions import RowVersions, is_covered_by, join, joined_authors, tick

NAMES = {1: "s1", 2: "s2", 3: "s3"}
NUMBERS = {name: number for number, name in NAMES.items()}
TEXTS = {
    "one site": ('[[1,5]]', RowVersions({"s1": 5})),
    "nobody": ('[[]]', RowVersions()),
    "one typed cell": ('[["Wa"]]', RowVersions({"Wa": 1})),
    "two typed cells": ('[["Wa","Wb"]]', RowVersions({"Wb": 1, "Wa": 1})),
    "sites in their order": ('[[1,9,2,5,"Wa","Wb"]]', RowVersions({"Wb": 1, "s2": 5, "Wa": 1, "s1": 9})),
    "a site and a cell": ('[[3,1,"Wa"]]', RowVersions({"Wa": 1, "s3": 1})),
    "a field of its own": ('[[1,5],{"a":[2,9],"b":[1,5,2,9]}]', RowVersions({"s1": 5}, {"b": {"s1": 5, "s2": 9}, "a": {"s2": 9}})),
    "who wrote it": (
        '[[1,5],{"a":[1,5,2,9]},{"a":[2],"b":[1,3,"Wa","Wb"],"c":["Wa"],"d":[2,3]}]',
        RowVersions({"s1": 5}, {"a": {"s1": 5, "s2": 9}}, {"a": ("s2",), "c": ("Wa",), "b": ("Wa", "Wb", "s1", "s3"), "d": ("s2", "s3")}),
    ),
    "who wrote what stands in the row": ('[[1,5,2,1],{},{"a":[2]}]', RowVersions({"s1": 5, "s2": 1}, {}, {"a": ("s2",)})),
}  # fmt: skip


@pytest.mark.parametrize(("text", "versions"), TEXTS.values(), ids=TEXTS)
def test_a_text_is_what_it_always_was(text: str, versions: RowVersions) -> None:
    assert versions.encode(NUMBERS.__getitem__) == text
    assert RowVersions.decode(text, NAMES.__getitem__) == versions
    assert RowVersions.from_portable(versions.to_portable()) == versions


def test_portable_texts_are_what_they_always_were() -> None:
    whole, plain = RowVersions({"s1": 5}, {"a": {"s2": 9}}, {"a": ("s2",)}), RowVersions({"s1": 5})
    assert whole.to_portable() == '[{"s1":5},{"a":{"s2":9}},{"a":["s2"]}]'
    assert plain.to_portable() == '[{"s1":5}]'
    assert RowVersions({"s1": 5}, {"a": {}}).to_portable() == '[{"s1":5},{"a":{}}]'
    assert RowVersions({"s1": 5, "s2": 1}, {}, {"a": ("s2",)}).to_portable() == '[{"s1":5,"s2":1},{},{"a":["s2"]}]'


@pytest.mark.parametrize("text", [
    "", "5", "{}", "[]", "[5]", "[[1]]", "[[1,5,2]]", '[["x"]]', '[["Wa",1]]', '[[9,1]]', '[[1,5],5]', '[[1,5],{"a":5}]',
    '[[1,5],{"a":[1]}]', '[[1,5],{"a":["x"]}]', '[[1,5],{},{"a":["x"]}]', '[[1,5],{},{"a":[1,"x"]}]', '[[1,5],{},{"a":[9]}]', "[[1,5",
    '[[1,"5"]]', "[[1,5.5]]", "[[1,null]]", "[[1,5,2,null]]", "[[1,5,2,[3]]]", "[[1,5,2,true]]", "[[1,5,2.5,3]]",
])  # fmt: skip
def test_what_is_no_text_of_versions_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a version text|without a counter|not the name|neither a number"):
        RowVersions.decode(text, NAMES.__getitem__)


def test_a_typed_cell_stands_without_a_counter() -> None:
    with pytest.raises(ValueError, match="without a counter"):
        RowVersions.decode('[["Wa",1]]', str)


@pytest.mark.parametrize("text", ["", "[]", "{}", "[5]", '[{"s1":"x"}]', '[{"s1":1},{"a":5}]', '[{"s1":1},{},{"a":[5]}]', '[{"s1":1},{},5]'])
def test_what_is_no_portable_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a version text"):
        RowVersions.from_portable(text)


def test_a_field_has_the_vector_and_the_authors_that_are_known_of_it() -> None:
    row = RowVersions({"s1": 5, "s2": 1}, {"a": {"s1": 5, "s3": 2}}, {"a": ("s3",)})
    assert row.of("a") == {"s1": 5, "s3": 2} and row.of("b") == {"s1": 5, "s2": 1}
    assert row.authors_of("a") == ("s3",) and row.authors_of("b") == ("s1", "s2")
    row.set("a", {"s1": 5, "s2": 1}, ("s2", "s1"))
    assert row == RowVersions({"s1": 5, "s2": 1}), "nothing is kept twice: no vector like the row's, no authors that are all of its sites"
    row.set("b", {"s1": 6, "s2": 1, "s3": 1}, ("s3", "s1"))
    assert row.fields == {"b": {"s1": 6, "s2": 1, "s3": 1}} and row.authors == {"b": ("s1", "s3")}
    copy = row.copy()
    copy.set("b", {"s1": 7})
    assert row.of("b") == {"s1": 6, "s2": 1, "s3": 1} and copy.of("b") == {"s1": 7} and copy.authors == {}
    assert row != copy and row != RowVersions(row.row, row.fields) and row != RowVersions({}, row.fields, row.authors) and row != "row"


def test_what_is_taken_in_is_told_site_by_site() -> None:
    one, two = {"s1": 2}, {"s1": 2, "s2": 1}
    assert is_covered_by(one, two) is True and is_covered_by(two, one) is False and is_covered_by({"s1": 3}, two) is False and is_covered_by({}, one) and not is_covered_by(one, {})
    assert join(one, {"s1": 1, "s2": 1, "Wa": 1}) == {"s1": 2, "s2": 1, "Wa": 1} and join({"s2": 1}, {"s2": 3}) == {"s2": 3}
    assert join({}, {"s1": 0}) == {}, "the least that covers both"
    assert tick(two, "s1", 9) == {"s1": 9, "s2": 1} and tick({}, "s3", 1) == {"s3": 1} and two == {"s1": 2, "s2": 1}
    written = RowVersions({"s1": 2}).with_write(["a"], "s2", 4)
    assert written == RowVersions({"s1": 2}, {"a": {"s1": 2, "s2": 4}}, {"a": ("s2",)})
    assert repr(written) == "RowVersions({'s1': 2}, {'a': {'s1': 2, 's2': 4}}, {'a': ('s2',)})"


def test_sites_are_those_of_every_vector_without_typed_cells() -> None:
    assert RowVersions({"s1": 5, "Wa": 1}, {"a": {"s3": 2, "Wb": 1}}).sites() == {"s1", "s3"}


def test_covers_asks_only_for_the_fields_that_are_named() -> None:
    here, there = RowVersions({"s1": 5}, {"a": {"s1": 6}}), RowVersions({"s1": 5}, {"b": {"s2": 1}})
    assert here.covers(there, ["a", "c"]) and not here.covers(there, ["a", "b"]) and not there.covers(here, ["a"])


def test_of_a_value_written_twice_each_has_written_whom_the_other_had_not_overruled() -> None:
    joined = joined_authors
    assert joined({"s1": 1}, ("s1",), {"s2": 1}, ("s2",)) == ("s1", "s2")
    assert joined({"s1": 1}, ("s1",), {"s1": 1, "s2": 1}, ("s2",)) == ("s2",), "theirs was written over mine"
    assert joined({"s1": 1, "s2": 1}, ("s1",), {"s2": 1}, ("s2",)) == ("s1",), "mine over theirs"
    assert joined({"s1": 1, "s2": 1}, ("s1", "s2"), {"s1": 1, "s2": 1}, ("s1", "s2")) == ("s1", "s2"), "both name them"
    assert joined({"s1": 2}, ("s1",), {"s1": 1}, ("s1",)) == ("s1",)
    assert joined({"s3": 1}, ("s3",), {"s3": 1, "s1": 1}, ("s1",)) == ("s1",)
    assert joined({"s2": 1}, ("s1",), {"s3": 1}, ("s4",)) == (), "who is no site of the vector wrote nothing of it"
