"""Rows that are packed are what a dictionary would hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.exchange.format import packed_rows
from desktop.exchange.format.packed_rows import PackedRows


@given(st.lists(st.tuples(st.sampled_from([f"n{n}" for n in range(12)]), st.binary(max_size=6)), max_size=40))
def test_they_are_a_dictionary(rows: list[tuple[str, bytes]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packed_rows, "PLAIN", 3)
        patch.setattr(packed_rows, "TOGETHER", 2)
        packed, plain = PackedRows(), dict[str, bytes]()
        for name, text in rows:
            packed.add(name, text)
            plain[name] = text
            assert packed[name] == text
        assert dict(packed) == plain and len(packed) == len(plain)
        assert [name in packed for name in ("n0", "n11", "x")] == [name in plain for name in ("n0", "n11", "x")]
        assert packed.get("x") is None
