"""Word files of every report of the made-up office: the same text as on paper, none of the masked names in a masked one, and,
opened by LibreOffice, as many pages, give or take one. Drafts are edited, saved by LibreOffice and fetched back: what was typed comes,
figures stay bound, one typed over is told.

`runs` is not used: there is one office, each report by its year and by a month, normal and masked. Needs `soffice` with its text
program (libreoffice-writer-nogui).
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import docx
import pikepdf
import pypdfium2

import resources
from db.session import Session
from desktop.bulletin.blocks.pages import write_pdf
from desktop.bulletin.document import Block, Chart, Document
from desktop.bulletin.issue import issuing, word_reimport
from desktop.bulletin.masking.ledger_names import mask_for
from desktop.bulletin.report import reports
from desktop.bulletin.report.declaration import load_reports
from desktop.bulletin.typeset.fonts import bundled_fonts
from desktop.bulletin.word.writer import write_docx
from tests.bench.prove_papers import leaks
from tests.report_office import chosen, opened
from tests.unit.bulletin.typeset.test_pdf_a import words_of

RUNS = 1
FACES = {
    "仿宋_GB2312": "Zhengxian Fang", "楷体_GB2312": "Zhengxian Kai", "黑体": "Zhengxian Hei",
    "方正小标宋简体": "Zhengxian Xiaobiaosong", "宋体": "Zhengxian Song",
}  # fmt: skip
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
TYPED, OVER = "请各单位认真对照。", "99999"
MATCH = (
    '<match target="pattern"><test name="family"><string>{0}</string></test>'
    '<edit name="family" mode="assign" binding="strong"><string>{1}</string></edit></match>'
)


def run(runs: int, first: int) -> int:
    """The number of files with another text, or with more than one page too many or too few."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        session = opened(folder / "office")
        try:
            pages, failed = _written(session, folder)
            _converted(folder, folder, "pdf")
            failed += _fetched_back(session, folder)
        finally:
            session.close()
        for file, wanted in pages.items():
            made = folder / "pdf" / f"{file}.pdf"
            found = len(pypdfium2.PdfDocument(made)) if made.is_file() else 0
            if abs(found - wanted) > 1:
                sys.stdout.write(f"{file}: {wanted} pages on paper, {found} by LibreOffice\n")
                failed += 1
        sys.stdout.write(f"{len(pages)} files, {failed} of another text or more than a page apart\n")
    return failed


def _written(session: Session, folder: Path) -> tuple[dict[str, int], int]:
    """A Word file of each report; how many pages it has on paper, and how many have another text."""
    pages, failed = dict[str, int](), 0
    mask = mask_for(session)
    for report in load_reports():
        choice = chosen(session, report)
        for period in dict.fromkeys((choice["period"], "2022-10")) if choice["period"] else (None,):
            if report.period == "week" and period == "2022-10":
                continue
            choice["period"] = period
            document = reports.build(session, report.name, **choice).document()
            for edition in ("normal", "masked"):
                shown = document if edition == "normal" else mask.apply(document)[0]
                file = f"{report.name}-{period}-{edition}"
                data = write_docx(shown, bundled_fonts()).data
                (folder / f"{file}.docx").write_bytes(data)
                left = leaks(_parts(data), mask) if edition == "masked" else []
                if apart := "；".join(filter(None, [_apart(shown, data), *left])):
                    sys.stdout.write(f"{file}: {apart}\n")
                    failed += 1
                pages[file] = write_pdf(shown, bundled_fonts()).pages
    return pages, failed


def _fetched_back(session: Session, folder: Path) -> int:
    """How many drafts come back wrong after LibreOffice saved them, as they were and edited."""
    sent, back, drafts = folder / "sent", folder / "back", dict[str, str]()
    sent.mkdir()
    for name in ("supervision_circular", "brief", "activity_summary", "monthly_review"):
        drafts[name] = issuing.new_draft(session, name, period="2022")
        for how in ("plain", "edited"):
            issuing.preview(session, drafts[name], sent / f"{name}-{how}.docx")
        _edit(sent / f"{name}-edited.docx")
    _converted(folder, sent, "docx:MS Word 2007 XML", back)
    failed = 0
    for name, uid in drafts.items():
        record = session.must_get("bulletin", uid)
        before = str(record.values["body_text"])
        plain, edited = (word_reimport.read_word_edits(session, record, back / f"{name}-{how}.docx") for how in ("plain", "edited"))
        same = plain.body == before and not (plain.changed or plain.kept or plain.notices)
        typed = TYPED in edited.body and edited.body.count("{{") == before.count("{{") and OVER not in edited.body
        if not (same and typed and any(OVER in each for each in edited.notices)):
            sys.stdout.write(f"{name} came back wrong: {plain.notices} {edited.notices}\n")
            failed += 1
    return failed


def _edit(path: Path) -> None:
    """Type a sentence beside the first figures, and over one of them."""
    file = docx.Document(str(path))
    line = next(p for p in file.element.body.findall(f"{W}p") if p.find(f"{W}sdt") is not None)
    [run for run in line.findall(f"{W}r") if run.find(f"{W}t") is not None][-1].find(f"{W}t").text += TYPED
    next(line.find(f"{W}sdt/{W}sdtContent").iter(f"{W}t")).text = OVER
    file.save(str(path))


def _parts(data: bytes) -> Iterator[tuple[str, str]]:
    """The parts of a Word file, each with its text."""
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        for name in file.namelist():
            text = file.read(name).decode("utf-8", "replace")
            yield from ((name, name + text), (name, re.sub("<[^>]*>", "", text)))


def _apart(document: Document, data: bytes) -> str:
    """The characters that a Word file lacks or has over what its PDF says in its structure: folios, repeated heads and charts are
    no text of either."""
    with pikepdf.open(io.BytesIO(write_pdf(document, bundled_fonts(), archive=True).data)) as pdf:
        paper = "".join(text for page in pdf.pages for kind, text in words_of(page, pdf) if kind not in ("/Artifact", "/Figure"))
    word = "".join(each.text or "" for each in docx.Document(io.BytesIO(data)).element.body.iter(f"{W}t"))
    on_paper, in_word = (Counter(re.sub(r"[\s…]", "", text)) for text in (paper, word))
    for chart in _charts((*document.blocks, *document.front, *document.appendix)):
        on_paper -= Counter(  # in the picture, in Word
            f"单位：{chart.measure}" if chart.measure and chart.title and chart.kind == "bars" else ""
        )  # fmt: skip
    return "" if on_paper == in_word else f"lacks {dict(on_paper - in_word)}, has over {dict(in_word - on_paper)}"


def _charts(blocks: Iterable[Block]) -> Iterator[Chart]:
    for block in blocks:
        if isinstance(block, Chart):
            yield block
        yield from _charts(getattr(block, "blocks", ()))


def _converted(folder: Path, files: Path, form: str, to: Path | None = None) -> None:
    """All of them in a form, in one run, with the bundled faces for those that an office has."""
    faces = "".join(MATCH.format(name, ours) for name, ours in FACES.items())
    fonts = folder / "fonts.conf"
    fonts.write_text(
        f"<fontconfig><dir>{resources.path('fonts')}</dir><cachedir>{folder / 'cache'}</cachedir>{faces}</fontconfig>",
        encoding="utf-8",
    )
    program = shutil.which("soffice")
    if program is None:
        sys.exit("soffice is not installed")
    subprocess.run(
        [program, "--headless", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--convert-to", form,
         "--outdir", str(to or folder / form), *map(str, sorted(files.glob("*.docx")))],
        env={**os.environ, "FONTCONFIG_FILE": str(fonts)}, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
