"""A report's text may come from anywhere: whatever it says, filling it ends soon, takes little room and touches nothing."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from db.errors import BadInput, DeclarationError
from db.model.periods import parse
from db.office import create_office
from db.session import Session
from desktop.bulletin.report import sandbox, template_text
from desktop.bulletin.report.filling import Choice
from desktop.bulletin.report.reports import Builder
from desktop.bulletin.report.validation import check
from tests.report_office import given_report

#: Seen before anything is filled, since no text needs them at all.
UNKNOWN = ("a power", "a filter that pads", "a macro that calls itself", "a loop that calls itself", "a kept block", "a file")
FEW = ["甲", "乙", "丙"]
VALUES: dict[str, Any] = {"few": FEW, "many": list(range(1_000)), "long": "长" * 1_000, "name": lambda text="": f"某{text}", "ten": 10}


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    made, _ = create_office(tmp_path_factory.mktemp("sandbox") / "office", "云川市作风办", "city", "admin", "zhengxian-demo")
    yield made
    made.close()


def filled(text: str) -> str:
    return template_text.fill(text, VALUES, "某通报")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("{% for a in few %}{{ a }}{% if not loop.last %}、{% endif %}{% endfor %}。", "甲、乙、丙。"),
        ("{% for a in few if a != '乙' %}{{ loop.index }}{{ a }}{% endfor %}", "1甲2丙"),
        ("{% for a in few %}{% for b in few %}{{ a }}{{ b }} {% endfor %}{% endfor %}", "甲甲 甲乙 甲丙 乙甲 乙乙 乙丙 丙甲 丙乙 丙丙 "),
        ("{% set x = few | join('，') %}{{ x }}{{ few | length + 1 }}", "甲，乙，丙4"),
        ("{{ '共' ~ ten ~ '件' }}{{ 'x' + 'y' }}{{ ten * 2 - 1 }}", "共10件xy19"),
        ("{{ name('人') }}{{ ten if ten > 3 else '无' }}{{ few[0] }}{{ few | first }}", "某人10甲甲"),
        ("{{ '' or '未定' }}{{ few[:2] | join }}", "未定甲乙"),
        ("{{ 2.345 | round(1) }}{% for a in ['子', '丑'] %}{{ a }}{% endfor %}{{ ten in (1, 10) }}", "2.3子丑True"),
    ],
)
def test_what_texts_need_is_there(text: str, shown: str) -> None:
    assert filled(text) == shown


HOSTILE = {
    "loops in loops": "第一行\n{% for a in many %}\n{% for b in many %}{% for c in many %}x{% endfor %}{% endfor %}\n{% endfor %}",
    "loops that write nothing": "一\n{% for a in many %}{% for b in many %}{% for c in many %}{% endfor %}{% endfor %}{% endfor %}",
    "much text": "一\n{% for a in many %}\n{{ long }}\n{% endfor %}",
    "doubling by plus": "一\n{% set a = long %}" + "{% set a = a + a %}" * 40 + "{{ a }}",
    "doubling by joining": "一\n{% set a = long %}" + "{% set a = a ~ a %}" * 40 + "{{ a }}",
    "a long joint": "一\n{% set a = long ~ long ~ long ~ long %}{% set b = many | join(a) %}{% set c = many | join(b) %}{{ c }}",
    "lists by plus": "一\n{% set a = many %}" + "{% set a = a + a %}" * 40 + "{{ a | length }}",
}
FORBIDDEN = {
    "repeating": "一\n{{ 'x' * 1000000000 }}",
    "repeating a list": "一\n{{ few * 1000000000 }}",
    "a power": "一\n{{ ten ** 1000000000 }}",
    "a formatted width": "一\n{{ '%1000000000d' % 1 }}",
    "a format": "一\n{{ '{:>1000000000}'.format(1) }}",
    "a format by subscript": "一\n{{ '{:>1000000000}'['format'](1) }}",
    "a padded text": "一\n{{ 'x'.ljust(1000000000) }}",
    "a filter that pads": "一\n{{ 'x' | center(1000000000) }}",
    "a range": "一\n{% for a in range(99999) %}x{% endfor %}",
    "words by themselves": "一\n{{ lipsum(n=100000) }}",
    "a macro that calls itself": "一\n{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
    "a loop that calls itself": "一\n{% for a in few recursive %}{{ loop(few) }}{% endfor %}",
    "a kept block": "一\n{% set a %}xx{% endset %}{{ a }}",
    "a file": "一\n{% include '/etc/passwd' %}",
    "a class": "一\n{{ name.__globals__ }}",
    "a class of a text": "一\n{{ ''.__class__.__mro__ }}",
    "a namespace": "一\n{% set n = namespace(a='x') %}{{ n.a }}",
    "lists in lists": "一\n{% set a = ['x'] %}" + "{% set a = [a, a] %}" * 40 + "{{ a }}",
    "lists in lists, compared": "一\n{% set a = [1] %}{% set b = [1] %}" + "{% set a = [a, a] %}{% set b = [b, b] %}" * 40 + "{{ a == b }}",
    "pairs in pairs": "一\n{% set a = (1,) %}" + "{% set a = (a, a) %}" * 40 + "{{ [a] | unique | list }}",
    "lists in a default": "一\n{{ few[9] | default([[1]], true) }}",
    "rounding to many places": "一\n{{ ten | round(9999999999, 'ceil') }}",
    "rounding away many places": "一\n{{ ten | round(-99999999) }}",
    "a big number": "一\n{% set a = 99999999999999999999999999999999999999999999999999999999999999999999999999999999999 %}{{ a * a }}",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_text_without_end_is_stopped_and_its_line_is_told(name: str) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(DeclarationError, match=r"文种「某通报」第 [23] 行：.*已停下；请看看") as told:
            filled(HOSTILE[name])
        assert tracemalloc.get_traced_memory()[1] < 60_000_000
    finally:
        tracemalloc.stop()
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("name", FORBIDDEN)
def test_what_texts_do_not_need_is_refused_in_its_line(name: str) -> None:
    with pytest.raises(DeclarationError, match="文种「某通报」第 2 行："):
        filled(FORBIDDEN[name])


@pytest.mark.parametrize("text", ["{{ " + "(" * 5_000 + "1" + ")" * 5_000 + " }}", "{% if ten %}" * 200 + "x" + "{% endif %}" * 200,
                                  "{% for a in few %}" * 30 + "x" + "{% endfor %}" * 30])  # fmt: skip
def test_what_stands_too_deep_in_one_another_is_told(text: str) -> None:
    with pytest.raises(DeclarationError, match=r"第 1 行：.*(套得太深|已停下)"):
        filled(text)
    with pytest.raises(template_text.BrokenBlank):
        template_text.parsed(text)
        filled(text)


def test_a_text_that_takes_long_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    seconds = iter(range(0, 100_000, 9))
    monkeypatch.setattr(sandbox.time, "monotonic", lambda: next(seconds))
    with pytest.raises(DeclarationError, match="第 2 行：60 秒还没有填完"):
        filled("一\n{% for a in many %}{{ a }}{% endfor %}")
    with pytest.raises(DeclarationError, match="第 3 行：60 秒还没有填完"):
        filled("一\n二\n" + "{{ name() }}" * 20)


@pytest.mark.parametrize("name", FORBIDDEN)
def test_a_report_with_such_a_text_is_not_printed_and_what_can_be_seen_before_is_told(session: Session, name: str) -> None:
    body = "{% set few = ['甲'] %}{% set ten = 3 %}{% set name = n %}\n" + FORBIDDEN[name]
    report = msgspec.structs.replace(given_report("supervision_circular"), body=body)
    if name in UNKNOWN:
        with pytest.raises(BadInput, match=r"正文第 3 行：没有|正文第 3 行：用了不允许的写法"):
            check(session, report)
    with pytest.raises(DeclarationError, match="文种「督办通报」第 3 行："):
        Builder(session, report, Choice()).document()


def test_loops_in_loops_of_a_report_are_stopped(session: Session) -> None:
    body = f"{{% set many = {list(range(40))} %}}\n" + "{% for a in many %}" * 4 + "{{ a }}" + "{% endfor %}" * 4
    report = msgspec.structs.replace(given_report("supervision_circular"), body=body)
    with pytest.raises(DeclarationError, match="第 2 行：「逐个」超过 20000 次，已停下"):
        Builder(session, report, Choice()).document()


def test_the_given_reports_stay_far_below_the_limits(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[sandbox.Budget] = []
    start: Callable[[sandbox.Budget], None] = sandbox.Budget.__init__

    def noted(self: sandbox.Budget) -> None:
        start(self)
        used.append(self)

    monkeypatch.setattr(sandbox.Budget, "__init__", noted)
    Builder(session, given_report("activity_summary"), Choice(parse("2022"))).document()
    state = [(each._rounds, each._written) for each in used]  # noqa: SLF001
    assert state and max(r for r, _ in state) * 20 < sandbox.ROUNDS and max(w for _, w in state) * 20 < sandbox.CHARACTERS
