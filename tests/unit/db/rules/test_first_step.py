"""The first button of every state, for who enters, who decides, and who decides but asked themselves: drawn from the
declarations, each line looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec.structs import replace

from db.model.builtin import kinds
from db.model.declarations import Lifecycle
from db.rules.lifecycle import Possible, first_step

TABLE = """
拟稿印发 拟稿: 送审 | 送审
拟稿印发 已送审: — | 核稿通过 | —
拟稿印发 已核稿: — | 印发
拟稿印发 已印发: — | —
拟稿印发 已撤回: — | —
交办销号 拟办: 交办 | 交办
交办销号 已交办: 签收 | —
交办销号 已签收: 报告进展 | —
交办销号 办理中: 报告进展 | —
交办销号 申请销号: — | 销号 | —
交办销号 已销号: 归档 | 归档
交办销号 已归档: — | —
交办销号 已中止: — | 恢复办理
交办销号 已作废: — | —
一周一交卷 待交办: 交办 | 交办
一周一交卷 已交办: 签收 | —
一周一交卷 已签收: 交卷 | —
一周一交卷 办理中: 交卷 | —
一周一交卷 已交卷: — | 核定办结 | —
一周一交卷 已办结: 归档 | 归档
一周一交卷 已归档: — | —
一周一交卷 已作废: — | —
实地督查 待督查: 已督查 | 已督查
实地督查 已督查: — | —
实地督查 已取消: — | —
计划举办 计划: 已举办 | 已举办
计划举办 已举办: — | —
计划举办 已取消: — | —
报审刊发 起草: 报审 | 报审
报审刊发 已报审: — | 采用 | —
报审刊发 已采用: 刊发 | 刊发
报审刊发 已刊发: — | —
报审刊发 未采用: — | —
报备认定 起草: 报备 | 报备
报备认定 已报备: — | 受理 | 受理
报备认定 核查中: — | 认定 | —
报备认定 已认定: — | —
报备认定 已撤回: — | —
"""


PERSONNEL = {
    "计划举办 计划": "已举办", "报备认定 起草": "报备", "报备认定 已报备": "受理", "报备认定 核查中": "认定",
}
"""What the personnel officer is led to; everywhere else to nothing."""
Led = Callable[[str, bool], str]


def states() -> Iterator[tuple[str, bool, Led]]:
    """Each state, whether it waits for a decision, and the first button there of a role that asked or did not."""
    known = kinds()
    cycles = {cycle.name: cycle for kind in known if (cycle := known.lifecycle_of(kind)) is not None}
    for cycle in cycles.values():
        for state in cycle.states:

            def led(role: str, asked: bool, cycle: Lifecycle = cycle, name: str = state.name) -> str:
                possible = [
                    Possible(action, role in action.roles and not (asked and action.not_by is not None))
                    for action in cycle.actions
                    if name in action.from_
                ]
                first = first_step(cycle, name, possible, role)
                return first.label if first is not None else "—"

            yield f"{cycle.label} {state.label}", cycle.awaits_decision(state.name), led


def buttons() -> list[str]:
    """A line a state: of the clerk, the reviewer, the reviewer who asked."""
    return [
        f"{name}: " + " | ".join([led("clerk", False), led("reviewer", False), *([led("reviewer", True)] if waits else [])])
        for name, waits, led in states()
    ]


def test_the_first_button_is_the_right_one_for_this_person_and_this_state() -> None:
    assert buttons() == TABLE.strip().splitlines()


def test_the_other_roles_are_led_as_their_work_is() -> None:
    for name, _, led in states():
        assert [led("administrator", asked) for asked in (False, True)] == [led("reviewer", asked) for asked in (False, True)], name
        assert led("personnel", False) == PERSONNEL.get(name, "—"), name
        assert led("viewer", False) == "—", name


def test_where_others_decide_nobody_is_led_past_them() -> None:
    """An office's own lifecycle may have main steps beside the decision: one that leads elsewhere, one that leads nowhere."""
    known = kinds().lifecycle("close_out")
    by_name = {action.name: action for action in known.actions}
    back = replace(by_name["withdraw"], main=True, owner="issuer")
    look = replace(by_name["close-out"], name="look", to="close_out_requested", not_by=None)
    cycle = replace(known, actions=(back, look, by_name["close-out"]))

    def led(role: str) -> str | None:
        possible = [Possible(action, role in action.roles) for action in cycle.actions]
        first = first_step(cycle, "close_out_requested", possible, role)
        return first.name if first is not None else None

    assert (led("clerk"), led("reviewer")) == (None, "close-out")
