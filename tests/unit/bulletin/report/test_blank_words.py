"""A form's one-line texts stand in words and are read back as the blanks that they were: every text of every declared form."""

from __future__ import annotations

import re

import pytest

import resources
from desktop.bulletin.report import official_parts
from desktop.bulletin.report.declaration import Report, load_reports
from desktop.bulletin.report.template_words import (
    BLANK,
    as_blanks,
    as_words,
    is_figure,
    words,
)


def texts(report: Report) -> list[str]:
    found = [report.title, report.head.name, *official_parts.declared(report).values()]
    for table in report.tables:
        found += [table.title, table.source, table.empty, *(cell for line in table.lines for cell in line)]
    for part in (*report.charts, *report.gantts):
        found += [part.title, part.source]
    return [text for text in found if text]


@pytest.mark.parametrize("report", load_reports(), ids=lambda report: report.name)
def test_every_text_of_a_form_comes_back_as_it_was(report: Report) -> None:
    for text in texts(report):
        known: dict[str, str] = {}
        shown = as_words(None, text, known)
        assert as_blanks(shown, known) == text
        assert "period }}" not in shown and "item.title" not in shown, shown


FIGURES = re.compile("「[^」]*」")


@pytest.mark.parametrize("report", load_reports(), ids=lambda report: report.name)
def test_no_blank_of_a_form_stands_there_as_it_is_programmed(report: Report) -> None:
    """Names of figures come from the office; nothing else is written in letters."""
    source = (resources.path("reports") / f"{report.name}.toml").read_text("utf-8")
    for blank in BLANK.findall(source):
        said = FIGURES.sub("", words(None, blank))
        if not is_figure(blank):
            assert not re.search("[A-Za-z_]{2,}", said), f"{blank}: {said}"


def test_a_word_typed_for_a_blank_is_one_and_a_number_in_brackets_is_none() -> None:
    assert as_blanks("〔期间〕督办通报", {}) == "{{ period }}督办通报"
    assert as_blanks("云办〔2022〕5号", {}) == "云办〔2022〕5号"
    known: dict[str, str] = {}
    assert as_words(None, "云办〔{{ issue_year }}〕{{ issue_no }}号", known) == "云办〔〔印发年份〕〕〔期号〕号"
    assert as_blanks("云办〔〔印发年份〕〕〔期号〕号", known) == "云办〔{{ issue_year }}〕{{ issue_no }}号"
