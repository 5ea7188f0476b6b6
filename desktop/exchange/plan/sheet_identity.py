"""Which ledger a sheet of a workbook of ours is, whatever it is called by now; and which record
each of its rows is where the hidden ids are gone: by title, unit and number, held against what was
sent. Nothing of such a sheet is written before a person accepts it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from db.model.declarations import Kind
from desktop.exchange.format.columns import NUMBER, PARENT, Column, Header, find_header
from desktop.exchange.format.manifest import Hidden
from desktop.exchange.format.unit_steps import MARK
from desktop.exchange.plan.parsed_row import ParsedRow, Place


def kind_of_sheet(
    sheet: str, rows: Sequence[Sequence[str]], hidden: Hidden, columns: dict[str, list[Column]]
) -> tuple[str, Header] | None:
    """Which kind a visible sheet holds: by the ids of its rows, else by its name and, when it was
    renamed, by its columns."""
    best: tuple[int, str, Header] | None = None
    for name, exported in columns.items():
        header = find_header(rows, exported)
        if header is None:
            continue
        sent = hidden.sheets.get(name)
        ids: Collection[str] = hidden.rows.get(name, ())
        at = header.uid_at
        if at is not None and any(
            at < len(row) and row[at].strip() in ids for row in rows[header.row :]
        ):
            return name, header  # whatever it is called by now
        score = (
            len(header.names) * 2 - len(header.extra)
            + (1_000 if sent is not None and sent.sheet == sheet else 0)
        )
        if best is None or score > best[0]:
            best = (score, name, header)
    if best is not None:
        return best[1], best[2]
    # A row of what hangs under a record holds that one's id as well, to the right of its own; so
    # ids are asked only where no headings fit, and the first column that holds any tells.
    moved = [
        (name, header) for name, exported in columns.items()
        if (header := _moved_rows(rows, hidden.rows.get(name, ()), exported)) is not None
    ]
    return min(moved, key=lambda found: min(found[1].names), default=None)


def _moved_rows(
    rows: Sequence[Sequence[str]], sent: Collection[str], exported: Sequence[Column]
) -> Header | None:
    """Where rows were moved into a sheet of their own without the headings: their ids came along,
    and their columns stand as they stood."""
    for number, row in enumerate(rows):
        at = next((at for at, text in enumerate(row) if text.strip() in sent), None)
        if at is not None:
            names = {at + n: column.name for n, column in enumerate(exported)}
            return Header(number, names, moved=True)
    return None


def has_ids(rows: Sequence[Sequence[str]], header: Header, sent: Collection[str]) -> bool:
    """Whether the rows of a sheet bear the ids that they were sent with; the column may be gone, or
    have been emptied."""
    at = header.uid_at
    filled = [row for row in rows[header.row :] if any(map(str.strip, row))]
    return at is not None and (not filled or not sent or any(
        at < len(row) and (row[at].startswith("+") or row[at].strip() in sent) for row in filled
    ))


class _Sent(msgspec.Struct, frozen=True):
    """A record as it stood in its sheet: its id, its number there, its texts by column."""

    uid: str
    number: str
    texts: Mapping[str, str]


class LostIds:
    """What the rows of a sheet are known by without their ids. Made once per sheet, of all records
    that were sent in it, in their order."""

    def __init__(self, kind: Kind, sent: Iterable[tuple[str, Mapping[str, str]]]) -> None:
        self.kind = kind
        self._by_title: dict[str, list[_Sent]] = defaultdict(list)
        self._by_number: dict[str, _Sent] = {}
        #: a text that one record alone has in a column → that record
        self._by_text: dict[tuple[str, str], _Sent | None] = {}
        #: rows that are surely a record, that are likely one, that are none
        self.sure, self.likely, self.fresh = 0, dict[Place, str](), 0
        for at, (uid, texts) in enumerate(sent, 1):
            each = _Sent(uid, str(at), {name: _plain(text) for name, text in texts.items() if text})
            self._by_number[each.number] = each
            self._by_title[each.texts.get(kind.title, "")].append(each)
            for cell in each.texts.items():
                self._by_text[cell] = None if cell in self._by_text else each

    def find(self, place: Place, row: Mapping[str, str]) -> str:
        """The record of a row, by the names of its columns; "" for one that is none."""
        texts = {name: _plain(text) for name, text in row.items() if text.strip()}
        title = texts.get(self.kind.title, "")
        named = self._by_title.get(title, []) if title else []
        found = self._one_of(named, texts)
        if found is not None and self._agrees(found, texts):
            self.sure += 1
            return found.uid
        found = found or self._like(texts)
        if found is None:
            self.fresh += bool(title)
            return ""
        self.likely[place] = found.texts.get(self.kind.title, "")
        return found.uid

    def _one_of(self, named: Sequence[_Sent], texts: Mapping[str, str]) -> _Sent | None:
        """Of records of one title, the one whose other texts stand in the row."""
        for witness in (self.kind.unit, PARENT, NUMBER):
            if len(named) > 1 and witness and witness in texts:
                named = [each for each in named if _says(each, witness) == texts[witness]] or named
        return named[0] if len(named) == 1 else None

    def _agrees(self, each: _Sent, texts: Mapping[str, str]) -> bool:
        """Whether a second witness stands beside the title: the unit, or the number."""
        unit = self.kind.unit or PARENT
        return texts.get(unit, "") == _says(each, unit) or texts.get(NUMBER) == each.number

    def _like(self, texts: Mapping[str, str]) -> _Sent | None:
        """The record most of whose texts stand in a row that is called otherwise."""
        near = [self._by_number.get(texts.get(NUMBER, "")), *map(self._by_text.get, texts.items())]
        best, most = None, 0
        for each in near:
            alike = sum(texts.get(name) == text for name, text in each.texts.items()) if each else 0
            if each is not None and alike > most and alike * 2 >= len(each.texts) - 1:
                best, most = each, alike
        return best

    def hold(self, rows: Iterable[ParsedRow]) -> None:
        """Nothing that such rows say is taken before a person accepts it; a new one is told of
        first if it is here already."""
        for parsed in rows:
            where, like = f"第 {parsed.row} 行", self.likely.get(parsed.place)
            if parsed.base is None:
                said = f"{where}的隐藏编号没有了，按新的一条算，没有读入。确是新的请采用。"
                parsed.warn("", "no_ids", said)
                continue
            code, said = (
                "no_ids",
                (
                    f"{where}的隐藏编号没有了，按标题、单位和序号认出是“{parsed.title[:30]}”，"
                    "没有读入。"
                    "核对无误的请采用。"
                ),
            )
            if like is not None:
                code, said = "unsure_row", (
                    f"{where}“{parsed.title[:30]}”的隐藏编号没有了，像是发出时的“{like[:30]}”，"
                    "没有读入。就是这一条的请采用；是另一条的，请在程序里另填。"
                )
            for name in (*parsed.typed, *(f"{MARK}{action}" for action in parsed.steps or ())):
                parsed.warn(name, code, said)

    def summary(self, sheet: str) -> str:
        """What happened, in a sentence."""
        parts = [f"认出 {self.sure} 行"] if self.sure else []
        parts += [f"{len(self.likely)} 行认不准"] if self.likely else []
        parts += [f"{self.fresh} 行当作新增"] if self.fresh else []
        return (
            f"工作表「{sheet}」的隐藏编号列不见了，已按标题、单位和序号对照发出时的内容"
            f"{'，'.join(parts) or '，没有一行能认出'}；改动的地方要您看过、采用以后才写入。"
        )


def _says(each: _Sent, witness: str) -> str:
    return each.number if witness == NUMBER else each.texts.get(witness, "")


def _plain(text: str) -> str:
    return "".join(text.split())
