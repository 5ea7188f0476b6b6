"""What stands around the text of a .docx: head, signature, 版记, folios."""

from __future__ import annotations

from desktop.bulletin.blocks.imprint import imprint_lines
from desktop.bulletin.blocks.masthead import (
    BRIEF_SIZE,
    LETTER_SIZE,
    MARK_SIZE,
    MARK_TOP,
    fitted,
    name_lines,
    red_lines,
)
from desktop.bulletin.blocks.text_blocks import seal_rows, signed_rows
from desktop.bulletin.document import (
    BriefHead,
    Imprint,
    LetterHead,
    RedHead,
    Signature,
    day_text,
)
from desktop.bulletin.typeset.page import A4, SANHAO, SIHAO, text_width
from desktop.bulletin.word.body import Body
from desktop.bulletin.word.markup import fonts, paragraph, run, twips
from desktop.bulletin.word.styles import LINE
from desktop.bulletin.word.tables import cell_xml, row_xml, table_xml

RED = "FF0000"
#: Two texts a character in from either side. No indent: a rule under them spans the whole line.
AT_ENDS = (
    f'<w:tabs><w:tab w:val="left" w:pos="{twips(SANHAO)}"/>'
    f'<w:tab w:val="right" w:pos="{twips(A4.measure - SANHAO)}"/></w:tabs><w:jc w:val="left"/>'
)


def empty_lines(body: Body, rows: int = 1, *, keep: bool = False) -> None:
    """Empty lines; ``keep``: on one page with what follows."""
    for _ in range(rows):
        body.add(paragraph("blank", "", "<w:keepNext/>" if keep else ""))


def _rule(side: str, size: int, kind: str = "single", space: int = 11) -> str:
    return (
        f'<w:pBdr><w:{side} w:val="{kind}" w:sz="{size}" w:space="{space}" w:color="{RED}"/>'
        "</w:pBdr>"
    )


def _sized(size: float, narrow: float = 1.0) -> str:
    scale = f'<w:w w:val="{int(narrow * 100) - 1}"/>' if narrow < 1.0 else ""
    return f'{scale}<w:sz w:val="{int(size * 2)}"/><w:szCs w:val="{int(size * 2)}"/>'


def add_masthead(body: Body, head: RedHead | LetterHead | BriefHead) -> None:
    """The head of the first page, then two empty lines."""
    if isinstance(head, RedHead):
        _red_head(body, head)
    elif isinstance(head, LetterHead):
        _letter_head(body, head)
    else:
        _brief_head(body, head)
    empty_lines(body, 2 if not isinstance(head, BriefHead) else 1)


def _corner(body: Body, *texts: str) -> int:
    """份号, 密级 and 紧急程度, one below the other; how many there are."""
    shown = [text for text in texts if text]
    for text in shown:
        role = fonts("fang") if text.isdigit() else ""
        body.add(paragraph("corner", run(text, role)))
    return len(shown)


def _red_head(body: Body, head: RedHead) -> None:
    lines = _corner(body, head.copy_no, head.secrecy, head.urgency)
    face = body.typesetter.face("biaosong")
    organs, suffix = red_lines(head, body.typesetter, A4.measure)
    widest = max((text_width(name, face) for name in organs), default=1.0)
    joint = len(head.organs) > 1
    full = widest + text_width(suffix, face) + (0.35 if joint and suffix else 0.0)
    size, narrow = fitted(A4.measure / max(full, 1.0), 44.0 if joint else MARK_SIZE)
    above = max(MARK_TOP - lines * LINE, 0.0)
    line = twips(size * 1.15)
    spaced = f'<w:spacing w:before="{twips(above)}" w:line="{line}" w:lineRule="exact"/>'
    if joint:
        body.tiny(max(above, 1.0))
        even = f'<w:spacing w:line="{line}" w:lineRule="exact"/><w:jc w:val="distribute"/>'
        names = "".join(paragraph("mark", run(name, _sized(size, narrow)), even) for name in organs)
        wide = widest * size * narrow + 8.0
        beside = paragraph("mark", run(suffix, _sized(size, narrow)))
        cells = cell_xml(wide, names) + cell_xml(A4.measure - wide, beside)
        body.add(table_xml((wide, A4.measure - wide), row_xml(cells), 0.0, ruled=False))
    else:
        _mark_lines(body, [*organs[:-1], organs[-1] + suffix], _sized(size, narrow), spaced, line)
    empty_lines(body, 2)
    _numbered(body, head)


def _mark_lines(body: Body, lines: list[str], look: str, first: str, line: int) -> None:
    """The lines of one organ's name, the first spaced from what stands above."""
    spaced = f'<w:spacing w:line="{line}" w:lineRule="exact"/>'
    for at, text in enumerate(lines):
        body.add(paragraph("mark", run(text, look), spaced if at else first))


def _numbered(body: Body, head: RedHead) -> None:
    """发文字号 over the red rule; with 签发人 at its right, two on a line (7.2.6)."""
    rule = _rule("bottom", 10)
    if not head.signers:
        body.add(paragraph("number", run(head.number), rule))
        return
    pairs = [head.signers[at : at + 2] for at in range(0, len(head.signers), 2)]
    for at, pair in enumerate(pairs):
        last = at == len(pairs) - 1
        label = "签发人：" if not at else "　　　　"
        names = run(label) + run("　".join(pair), fonts("kai"))
        number = run(head.number) if last else ""
        look = (rule if last else "") + AT_ENDS
        body.add(paragraph("number", run("\t") + number + run("\t") + names, look))


def _letter_head(body: Body, head: LetterHead) -> None:
    face = body.typesetter.face("biaosong")
    lines = name_lines(head.organ, body.typesetter, A4.measure)
    width = max(1.0, *(text_width(line, face) for line in lines))
    size, narrow = fitted(A4.measure / width, LETTER_SIZE)
    rule = _rule("bottom", 18, "thickThinSmallGap", 8)
    line = f'<w:spacing w:line="{twips(size * 1.2)}" w:lineRule="exact"/>'
    for text in lines[:-1]:
        body.add(paragraph("mark", run(text, _sized(size, narrow)), line))
    body.add(paragraph("mark", run(lines[-1], _sized(size, narrow)), rule + line))
    body.tiny(8.0)
    left = [text for text in (head.copy_no, head.secrecy, head.urgency) if text]
    stop = f'<w:tabs><w:tab w:val="right" w:pos="{twips(A4.measure)}"/></w:tabs>'
    for at in range(max(len(left), 1 if head.number else 0)):
        text = left[at] if at < len(left) else ""
        role = fonts("fang") if text.isdigit() else ""
        number = run(f"\t{head.number}", fonts("fang")) if not at else ""
        body.add(paragraph("corner", run(text, role) + number, stop))


def _brief_head(body: Body, head: BriefHead) -> None:
    stop = f'<w:tabs><w:tab w:val="right" w:pos="{twips(A4.measure)}"/></w:tabs>'
    serial = head.serial and (head.serial if "编号" in head.serial else f"编号：{head.serial}")
    right = run(f"\t{serial}", fonts("fang")) if serial else ""
    body.add(paragraph("corner", run(head.secrecy) + right, stop))
    lines = name_lines(head.name, body.typesetter, A4.measure)
    size, narrow = fitted(A4.measure / max(1, *map(len, lines)), BRIEF_SIZE)
    line = f'<w:spacing w:line="{twips(size * 1.35)}" w:lineRule="exact"/>'
    for text in lines:
        body.add(paragraph("mark", run(text, _sized(size, narrow)), line))
    number = head.issue_no if head.issue_no is not None else "\u3000\u3000"
    issue = ("增刊" if head.supplement else "") + f"第{number}期"
    body.add(paragraph("number", run(issue)))
    if head.total_issue_no is not None:
        body.add(paragraph("number", run(f"（总第{head.total_issue_no}期）")))
    date = day_text(head.date) if head.date else ""
    look = _rule("bottom", 12, space=7) + AT_ENDS
    body.add(paragraph("number", run(f"\t{head.issuer}\t{date}"), look))


def add_attachment_list(body: Body, names: tuple[str, ...]) -> None:
    """附件说明 (7.3.4), turned lines under the name."""
    if names:
        empty_lines(body, keep=True)
    for index, name in enumerate(names):
        number = f"{index + 1}." if len(names) > 1 else ""
        first = "附件：" if index == 0 else ""
        hang = 5.0 + (0.75 if number else 0.0)
        start = 2.0 if index == 0 else 5.0
        indent = (
            f'<w:ind w:left="{twips(hang * SANHAO)}" w:hanging="{twips((hang - start) * SANHAO)}"/>'
        )
        body.add(paragraph("attachments", run(first + number + name.rstrip("。；;")), indent))


def add_signature(body: Body, signature: Signature, note: str) -> None:
    """署名 and 成文日期 with room for the seal, the note under them."""
    empty_lines(body, 2 if signature.sealed else 1, keep=True)
    face = body.typesetter.face("fang")
    if signature.sealed and len(signature.organs) > 1:
        _sealed_jointly(body, signature)
    else:
        rows = signed_rows(signature, face, A4.columns)
        for at, (text, right) in enumerate(rows):
            style = "date" if signature.date and at == len(rows) - 1 else "signature"
            indent = f'<w:ind w:right="{twips(right * A4.cell)}"/>'
            body.add(paragraph(style, run(text), indent))
    if note:
        body.add(paragraph("note", run(note if note[0] in "（(" else f"（{note}）")))


def _sealed_jointly(body: Body, signature: Signature) -> None:
    face = body.typesetter.face("fang")
    names = [(name, text_width(name, face)) for name in signature.organs]
    rows = seal_rows(names, A4.columns)
    date = day_text(signature.date) if signature.date else ""
    for number, row in enumerate(rows):
        if number:
            empty_lines(body, 4, keep=True)
        wide = A4.measure / len(row)
        centre = '<w:jc w:val="center"/>'
        cells = []
        for at, name in enumerate(row):
            inside = paragraph("signature", run(name), centre)
            if number == len(rows) - 1 and at == len(row) - 1:
                inside += paragraph("date", run(date), centre)
            cells.append(cell_xml(wide, inside, upright="top"))
        body.add(table_xml([wide] * len(row), row_xml("".join(cells)), 0.0, ruled=False))


def add_imprint(body: Body, imprint: Imprint, *, letter: bool) -> None:
    """版记 in a table that floats at the foot of the last page."""
    groups = imprint_lines(imprint, letter=letter)
    if not groups:
        return
    measure = body.sheet.measure
    stop = f'<w:tabs><w:tab w:val="right" w:pos="{twips(measure - SIHAO)}"/></w:tabs>'
    rows = []
    for at, group in enumerate(groups):
        lines = []
        for line in group:
            hang = twips(SIHAO * len(line.label))
            indent = (
                f'<w:ind w:left="{twips(SIHAO) + hang}" w:right="{twips(SIHAO)}"'
                f' w:hanging="{hang}"/>'
                if line.label
                else f'<w:ind w:left="{twips(SIHAO)}"/><w:jc w:val="left"/>'
            )
            text = f"{line.label}{line.text}" + (f"\t{line.right}" if line.right else "")
            lines.append(paragraph("imprint", run(text), ("" if line.label else stop) + indent))
        edges = (("top", 8 if not at else 6), ("bottom", 8 if at == len(groups) - 1 else 6))
        borders = "".join(
            f'<w:{side} w:val="single" w:sz="{size}" w:space="0" w:color="auto"/>'
            for side, size in edges
        )
        ruled = f"<w:tcBorders>{'' if letter else borders}</w:tcBorders>"
        rows.append(row_xml(cell_xml(measure, "".join(lines), borders=ruled)))
    place = (
        '<w:tblpPr w:leftFromText="0" w:rightFromText="0" w:vertAnchor="margin"'
        ' w:horzAnchor="margin" w:tblpXSpec="left" w:tblpYSpec="bottom"/>'
        '<w:tblOverlap w:val="never"/>'
    )
    body.add(table_xml([measure], "".join(rows), 0.0, ruled=False, place=place))
    body.tiny()
