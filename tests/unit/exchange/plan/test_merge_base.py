"""A conflict shows what both sides started from, not what the other side sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from db.errors import NotPermitted
from desktop.exchange.apply import accept
from tests.samples import as_person
from tests.unit.exchange.conftest import KIND

Offices = Callable[..., Any]


def test_both_offices_show_the_value_they_had_in_common(city: Any, new_office: Offices) -> None:
    uid = next(r.uid for r in city.session.office.each(KIND))
    city.session.set(KIND, uid, {"measures": "起初的"})
    county = new_office("安坪县作风办", "county", units=False)
    county.take(city.export("first.xlsx").file)
    county.is_unit("安坪县人民政府")
    for text in ("县里改一次", "县里改两次"):
        county.session.set(KIND, uid, {"measures": text})
    for text in ("市里改一次", "市里改两次"):
        city.session.set(KIND, uid, {"measures": text})
    (here,) = city.take(county.export("b.xlsx").file).conflicts
    (there,) = county.take(city.export("a.xlsx").file).conflicts
    assert (here.base, here.mine, here.theirs) == ("起初的", "市里改两次", "县里改两次")
    assert (there.base, there.mine, there.theirs) == ("起初的", "县里改两次", "市里改两次")
    with as_person(city.session, "officer", "personnel"), pytest.raises(NotPermitted):  # who may not write the ledger
        accept.decide(city.session, here.conflict_id, "theirs")
    accept.decide(city.session, here.conflict_id, "theirs")
    county.take(city.export("decided.xlsx").file)
    county.session.set(KIND, uid, {"measures": "县里又改"})
    city.session.set(KIND, uid, {"measures": "市里又改"})
    (again,) = county.take(city.export("again.xlsx").file).conflicts
    assert (again.base, again.mine, again.theirs) == ("县里改两次", "县里又改", "市里又改")


def test_a_cell_typed_by_hand_shows_what_was_exported(city: Any, hand: Any) -> None:
    uid = next(r.uid for r in city.session.office.each(KIND))
    city.session.set(KIND, uid, {"measures": "发出时的"})
    book = hand(city.export().file)
    city.session.set(KIND, uid, {"measures": "之后改的"})
    book.write(book.row(city.value(uid, "title")), "整改措施", "手写的")
    (waits,) = city.take(book.save()).conflicts
    assert (waits.base, waits.mine, waits.theirs) == ("发出时的", "之后改的", "手写的")
