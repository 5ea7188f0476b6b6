"""The count of what stands in a worksheet is the same however its XML is written."""

from __future__ import annotations

import pytest

from desktop.exchange.files.xml_row_count import SheetFacts, SheetScan

ROWS = (
    '<row r="1"><c r="A1"><v>1</v></c></row>'
    '<row r="3"/>'
    '<row r="4" ht="12"><c r="A4" t="inlineStr"><is><t>甲</t></is></c><c r="C4"/></row>'
    '<row r="7"><c r="B7"><f>A1</f></c><c r="D7" t="e"><v>#N/A</v></c></row>'
    '<row r="9"><c r="A9" s="2"/></row>'
)
WAYS = {
    "plain": lambda text: text,
    "quotes": lambda text: text.replace('"', "'"),
    "spaces": lambda text: text.replace(' r="', '\n  r = "'),
    "prefixed": lambda text: text.replace("</", "</x:").replace("<", "<x:").replace("<x:/x:", "</x:"),
}


def scanned(text: str, piece: int) -> SheetFacts:
    data = f"<worksheet><sheetData>{text}</sheetData></worksheet>".encode()
    scan = SheetScan()
    for start in range(0, len(data), piece):
        scan.feed(data[start : start + piece])
    return scan.finish()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("piece", [60, 10_000])
def test_facts_do_not_depend_on_how_the_xml_is_written(way: str, piece: int) -> None:
    facts = scanned(WAYS[way](ROWS), piece)
    assert (facts.rows, facts.formulas, facts.far) == (3, 1, False)
    assert facts.last_row == 7
    assert facts.without_value == {"B7": "公式"}
    assert facts.errors == {"D7": "#N/A"}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("where", ["AAA7", "XFD1048576"])
def test_a_far_cell_is_told_however_it_is_written(way: str, where: str) -> None:
    row = where.lstrip("AXFD")
    filler = "".join(f'<row r="{n}"><c r="A{n}"><v>{n}</v></c></row>' for n in range(1, 6))
    far = f'<row r="{row}"><c r="A{row}"><v>1</v></c><c r="{where}"><v>1</v></c></row>'
    facts = scanned(WAYS[way](filler + far), 10_000)
    assert facts.far
    assert facts.beyond_sane()


def test_hidden_rows_are_told_in_a_sheet_that_is_written_plainly() -> None:
    facts = scanned(ROWS.replace('ht="12"', 'hidden="1"'), 10_000)
    assert facts.hidden_rows == [4]
    assert facts.rows == 3


@pytest.mark.parametrize(("cell", "formulas", "errors"), [
    ('<c r="A2" t="inlineStr"><is><t>甲</t></is></c>', 0, {}),
    ('<c r="A2" t="s"><v>3</v></c>', 0, {}),
    ('<c r="A2" t="e"><v>#N/A</v></c>', 0, {"A2": "#N/A"}),
    ('<c r="A2"><f>B1</f><v>3</v></c>', 1, {}),
    ('<c r="A2" t="inlineStr"><is><r><t>甲</t></r></is></c>', 0, {}),
])  # fmt: skip
def test_a_piece_of_few_forms_hides_nothing_of_another(cell: str, formulas: int, errors: dict[str, str]) -> None:
    text = '<c r="A1" t="inlineStr"><is><t xml:space="preserve"> 乙</t></is></c>'
    facts = scanned("".join(f'<row r="{n}">{text if n != 2 else cell}</row>' for n in range(1, 4)), 10_000)
    assert (facts.rows, facts.last_row, facts.formulas, facts.errors) == (3, 3, formulas, errors)
