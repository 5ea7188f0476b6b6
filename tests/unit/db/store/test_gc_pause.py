"""The garbage collector is kept away from an import and comes back, whatever happens inside."""

from __future__ import annotations

import gc

import pytest

from db.store import gc_pause


def test_it_rests_inside_and_works_again_afterwards() -> None:
    assert gc.isenabled()
    with gc_pause.paused():
        assert not gc.isenabled()
        with gc_pause.paused():
            assert not gc.isenabled()
        assert not gc.isenabled(), "the outer one still needs rest"
        held = [[n] for n in range(5_000)]
    assert gc.isenabled()
    assert len(held) == 5_000 and gc.get_count()[0] < 5_000, "what was made counts as old already"


def test_it_comes_back_after_a_failure() -> None:
    with pytest.raises(ValueError, match="failed"), gc_pause.paused():
        raise ValueError("failed")
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0, "nothing is left where no walk ever comes"
