"""What a report's blanks are called on screen: 期间 for ``{{ period }}``, 如果「应办结」不为零 for
a condition."""

from __future__ import annotations

import ast
import re

from db.metrics import narrowed, own_figures
from db.session import Session
from desktop.bulletin.report import blank_sentences

BLANK = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
CALL = re.compile(r"\{\{\s*(n|rate)\('([^'|]+)'(?:,\s*'([0-9A-Za-z_-]+)')?\)\s*\}\}")
#: Words that may be put into a text, and what they are called.
PLAIN = {
    "period": "期间", "this": "本月（本周、本年）", "last": "上月（上周、上年）",
    "scoring()": "讲评计分办法", "each.text": "内容", "until": "统计截止日", "today": "今天",
    "office": "本单位", "region": "全市（县）", "below": "下辖各地",
    "bureaus": "直属各单位", "leaders": "有关领导", "unit": "所选单位",
    "unit or region": "所选单位或全市（县）", "issue_no": "期号",
    "issue_year": "印发年份", "item.title": "事项名称", "item.unit": "责任单位",
    "item.late_rows": "逾期未完成的节点",
    "item.state": "办理状态", "item.light": "灯号", "item.ledger": "所属台账", "each.label": "名称",
    "each.value": "数字", "each.measure": "计量单位", "each.share": "完成目标",
    "each.rank": "全省位次", "each.title": "名称", "each.unit": "单位",
    "previous.title": "上一次的名称",
    "chapter()": "一、", "section()": "（一）",
}
#: What is told of an indicator.
PARTS = {
    "value": "累计值", "target": "年度目标", "share": "完成年度目标", "rank": "全省位次",
    "change": "同比",
}
_RULES = (
    (r"if\s+value\('(\w+)'\)", "如果「{0}」不为零"),
    (r"if\s+not\s+value\('(\w+)'\)", "如果「{0}」为零"),
    (r"elif\s+value\('(\w+)'\)", "否则如果「{0}」不为零"),
    (r"if\s+can\('(\w+)'\)", "如果能看到「{0}」"), (r"if\s+item\.overdue", "如果事项逾期未结"),
    (r"if\s+item\.late_rows", "如果有节点逾期未完成"),
    (r"if\s+some\('(\w+)'(?:,\s*'\w+')*\)", "如果有「{0}」等数字"),
    (r"if\s+has\('\w+'\)", "如果表中有内容"),
    (r"if\s+areas\('\w+'\)", "如果有这一级的单位"),
    (r"if\s+not\s+areas\('\w+'\)\s+and\s+not\s+areas\('\w+'\)", "如果没有这两级的单位"),
    (r"if\s+now", "如果是当天"), (r"else", "否则"),
    (r"endif", "如果完"),
    (r"for\s+\w+\s+in\s+groups\('(\w+)'\)", "逐个单位列出「{0}」"),
    (r"for\s+\w+\s+in\s+behind\('(\w+)'.*\)", "逐条列出「{0}」"),
    (r"for\s+\w+\s+in\s+indicators\(.*\)", "逐项列出指标"),
    (r"if\s+each\.(?:share|rank)", "如果填了"),
    (r"if\s+remarks\(\)", "如果月讲评写了点评"),
    (r"for\s+\w+\s+in\s+remarks\(\)", "逐个单位列出点评"),
    (r"if\s+not\s+loop\.last", "如果不是最后一个"), (r"if\s+loop\.first", "如果是第一个"),
    (r"endfor", "逐个完"),
)


def words(session: Session | None, source: str) -> str:
    """One blank in words; what has none is shown as it is written."""
    inner = source.strip("{}%# \n-")
    call = CALL.fullmatch(source)
    if call:
        name = _label(session, call.group(2))
        unit = call.group(3)
        return f"{name}（{session.unit_name(unit)}）" if unit and session is not None else name
    if inner in PLAIN:
        return PLAIN[inner]
    for pattern, said in _RULES:
        match = re.fullmatch(pattern, inner)
        if match:
            return said.format(*(_label(session, name) for name in match.groups()))
    said = blank_sentences.sentence(inner, lambda name: _label(session, name), PLAIN)
    return _figure_words(session, inner) or said or inner


def is_figure(source: str) -> bool:
    """Whether a blank puts in one figure, which another may stand in for."""
    return source.startswith("{{") and bool(_figure_words(None, source.strip("{} \n-")))


def _figure_words(session: Session | None, inner: str) -> str:
    """A figure with conditions, or what an indicator says; "" for anything else."""
    try:
        call = ast.parse(inner, mode="eval").body
        assert isinstance(call, ast.Call) and isinstance(call.func, ast.Name)
        name, *more = [str(ast.literal_eval(each)) for each in call.args]
        given = {str(key.arg): ast.literal_eval(key.value) for key in call.keywords}
    except (SyntaxError, ValueError, AssertionError):
        return ""
    if call.func.id == "indicator":
        return f"{name}：{PARTS.get((*more, given.get('part', 'value'))[0], '')}"
    return _called(session, name, more, given) if call.func.id in ("n", "rate") else ""


def _called(session: Session | None, name: str, more: list[str], given: dict[str, object]) -> str:
    """A figure with its conditions and the unit that it is of."""
    unit, scale = given.pop("unit", None) or (*more, "")[0], str(given.pop("scale", ""))
    whole = _label(session, narrowed.format_name(name, given, scale))
    return f"{whole}（{session.unit_name(str(unit))}）" if unit and session is not None else whole


def readable(session: Session, text: str) -> str:
    """A text with its blanks in words, for a list."""
    return BLANK.sub(lambda match: f"〔{words(session, match.group())}〕", text)


def as_words(session: Session | None, text: str, known: dict[str, str]) -> str:
    """A text with its blanks in words that `as_blanks` takes back; ``known`` takes which word
    stands for which blank. Two blanks of one name are told apart by their writing."""

    def said(match: re.Match[str]) -> str:
        source, word = match.group(), words(session, match.group())
        if known.setdefault(word, source) != source or any(mark in word for mark in "〔〕"):
            return source
        return f"〔{word}〕"

    return BLANK.sub(said, text)


def as_blanks(text: str, known: dict[str, str]) -> str:
    """The other way round; a word in brackets that no blank has is a word in brackets (文号)."""
    meant = _TYPED | known
    return _WORD.sub(lambda match: meant.get(match.group(1), match.group()), text)


_WORD = re.compile(r"〔([^〔〕]*)〕")
#: What a person may type for a blank, by its word.
_TYPED = {
    word: f"{{{{ {name} }}}}" for name, word in PLAIN.items()
    if list(PLAIN.values()).count(word) == 1
}


def part_title(session: Session | None, part: object) -> str:
    """What a table, chart or wall chart is called: its title without blanks, else what it is of."""
    title = BLANK.sub("", getattr(part, "title", "")).strip()
    if title or session is None:
        return title
    figure, kind = getattr(part, "rows_of", ""), getattr(part, "children", "") or getattr(
        part, "kind", ""
    )
    if figure:
        return f"{_label(session, figure)}的记录"
    if kind in session.kinds:
        return session.kinds.get(kind).label
    charted = getattr(part, "figures", ())
    return "、".join(_label(session, name) for name in charted)


def _label(session: Session | None, name: str) -> str:
    if session is None:
        return name
    return own_figures.called(session, name)
