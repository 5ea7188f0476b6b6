"""What is said of a month that is sealed, or about to be."""

from __future__ import annotations

SEALED = "本月已经封存：数据、得分和点评不再改动，讲评表、通报和明细都照封存时的。"
EXPLAIN = (
    "封存以后，本月各单位的数据、得分、名次和点评都固定下来，不论事项以后怎样变化都不再改动，"
    "也不再重新统计。\n\n"
    "请先核对：数据是最新统计的，点评都已写好。"
)


def seal_question(bare: int, running: bool) -> str:
    """What to think of first: so many units without a comment, a month that is not over."""
    text = EXPLAIN + (f"\n\n还有 {bare} 个单位没有点评。" if bare else "")
    if running:
        text += "\n\n这个月还没有过完，封存以后到期、办结的都不再计入。"
    return text
