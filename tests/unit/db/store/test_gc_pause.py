"""The garbage collector is kept away from an import and comes back, whatever happens inside."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from db.store import gc_pause


def test_it_rests_inside_and_works_again_afterwards() -> None:
    assert gc.isenabled()
    with gc_pause.pause_gc():
        assert not gc.isenabled()
        with gc_pause.pause_gc():
            assert not gc.isenabled()
        assert not gc.isenabled(), "the outer one still needs rest"
        held = [[n] for n in range(5_000)]
    assert gc.isenabled()
    assert len(held) == 5_000 and gc.get_count()[0] < 5_000, "what was made counts as old already"


def test_it_comes_back_after_a_failure() -> None:
    with pytest.raises(ValueError, match="failed"), gc_pause.pause_gc():
        raise ValueError("failed")
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0, "nothing is left where no walk ever comes"


class _Circle:
    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(gc_pause, "_lasts", False)
    gc_pause.begin_freezing()
    yield
    monkeypatch.setattr(gc_pause, "_lasts", False)
    gc_pause.unfreeze_objects()
    gc_pause.collect_garbage()


@pytest.mark.usefixtures("window")
def test_a_walk_lets_go_of_what_came_and_looks_at_what_lasts_only_in_doubt() -> None:
    page = _Circle()
    gone = weakref.ref(page)
    gc_pause.freeze_objects()
    frozen = gc.get_freeze_count()
    del page
    passing = weakref.ref(_Circle())
    gc_pause.collect_garbage()
    assert passing() is None and gone() is not None and gc.get_freeze_count() >= frozen > 10_000
    gc_pause.unfreeze_objects()
    gc_pause.freeze_objects()
    assert gc.get_freeze_count() == 0, "nothing counts as lasting before it was walked over"
    gc_pause.collect_garbage()
    assert gone() is None and gc.get_freeze_count() > 10_000
    with gc_pause.pause_gc():
        read = weakref.ref(_Circle())
    gc_pause.collect_garbage()
    assert read() is None, "what an import leaves behind goes with the next walk"


def test_what_is_being_made_meanwhile_does_not_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gc_pause, "_lasts", True)
    monkeypatch.setattr(gc_pause, "_doubted", False)
    gc.unfreeze()
    with gc_pause.pause_gc(stays=False):
        gc_pause.freeze_objects()
        assert gc.get_freeze_count() == 0
    gc_pause.freeze_objects()
    assert gc.get_freeze_count() > 0
    gc.unfreeze()


def test_without_a_window_nothing_lasts() -> None:
    gc_pause.freeze_objects()
    gc_pause.collect_garbage()
    assert gc.get_freeze_count() == 0
