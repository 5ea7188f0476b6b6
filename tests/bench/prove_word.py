"""Word files of every report of the made-up office, opened by LibreOffice: as many pages as on paper, give or take one.

`runs` is not used: there is one office, each report by its year and by a month, normal and masked. Needs `soffice` with its text
program (libreoffice-writer-nogui).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pypdfium2

import resources
from desktop.bulletin.blocks.pages import write_pdf
from desktop.bulletin.redact.ledger_names import mask_for
from desktop.bulletin.report import reports
from desktop.bulletin.report.declaration import load_reports
from desktop.bulletin.typeset.fonts import bundled_fonts
from desktop.bulletin.word.writer import write_docx
from tests.report_office import chosen, opened

RUNS = 1
FACES = {
    "仿宋_GB2312": "Zhengxian Fang", "楷体_GB2312": "Zhengxian Kai", "黑体": "Zhengxian Hei",
    "方正小标宋简体": "Zhengxian Xiaobiaosong", "宋体": "Zhengxian Song",
}  # fmt: skip
MATCH = (
    '<match target="pattern"><test name="family"><string>{0}</string></test>'
    '<edit name="family" mode="assign" binding="strong"><string>{1}</string></edit></match>'
)


def run(runs: int, first: int) -> int:
    """The number of files with more than one page too many or too few."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pages = _written(folder)
        _converted(folder)
        failed = 0
        for file, wanted in pages.items():
            made = folder / "pdf" / f"{file}.pdf"
            found = len(pypdfium2.PdfDocument(made)) if made.is_file() else 0
            if abs(found - wanted) > 1:
                sys.stdout.write(f"{file}: {wanted} pages on paper, {found} by LibreOffice\n")
                failed += 1
        sys.stdout.write(f"{len(pages)} files, {failed} more than a page apart\n")
    return failed


def _written(folder: Path) -> dict[str, int]:
    """A Word file of each report; how many pages it has on paper."""
    session, pages = opened(folder / "office"), {}
    try:
        for report in load_reports():
            choice = chosen(session, report)
            for period in dict.fromkeys((choice["period"], "2022-10")) if choice["period"] else (None,):
                if report.period == "week" and period == "2022-10":
                    continue
                choice["period"] = period
                document = reports.build(session, report.name, **choice).document()
                for edition in ("normal", "masked"):
                    shown = document if edition == "normal" else mask_for(session).apply(document)[0]
                    file = f"{report.name}-{period}-{edition}"
                    (folder / f"{file}.docx").write_bytes(write_docx(shown, bundled_fonts()).data)
                    pages[file] = write_pdf(shown, bundled_fonts()).pages
    finally:
        session.close()
    return pages


def _converted(folder: Path) -> None:
    """All of them as PDFs, in one run, with the bundled faces for those that an office has."""
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
        [program, "--headless", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--convert-to", "pdf",
         "--outdir", str(folder / "pdf"), *map(str, sorted(folder.glob("*.docx")))],
        env={**os.environ, "FONTCONFIG_FILE": str(fonts)}, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
