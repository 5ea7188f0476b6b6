"""The lines of a 简历 as appointment forms write them: 1997.08--2003.05  禾津县建设局科员. Pure
text, both ways."""

from __future__ import annotations

import re

import msgspec

#: Characters that a period takes, blanks behind it included, so that texts stand below each other.
PERIOD_WIDTH = 18
_DASH = r"(?:-{1,3}|—{1,2}|－{1,2}|–|~|～|至)"
_MONTH = r"((?:19|20)\d{2})\s*[.．年/-]\s*(1[0-2]|0?[1-9])\s*月?"
_LINE = re.compile(rf"^\s*{_MONTH}\s*(?:起|{_DASH}\s*(?:{_MONTH}|至今|今)?)\s*[,，:：]?\s*(.*)$")
_STUDY = re.compile(
    r"(?:学习|学员|学生|就读|读书|求学|(?:专业|系|班|院|大学|学院|学校|中学|党校)毕业)(?=$|[（(，"
    r",；;。])"
)


class ResumeLine(msgspec.Struct, frozen=True):
    """One line: months as "1997-08" (None: not said, or still going on) and what was done."""

    since: str | None
    until: str | None
    text: str

    @property
    def period(self) -> str:
        """The period as it stands before the text: 1997.08--2003.05, or 2013.06-- while it goes
        on."""
        if self.since is None:
            return ""
        return f"{_dotted(self.since)}--{_dotted(self.until) if self.until else ''}"

    @property
    def is_study(self) -> bool:
        """Whether it tells of schooling, not of a post."""
        return bool(_STUDY.search(self.text))


def _dotted(month: str) -> str:
    return month.replace("-", ".")


def _month(year: str, month: str) -> str:
    return f"{year}-{int(month):02d}"


def parse(text: str) -> tuple[ResumeLine, ...]:
    """The lines of a resume; a line without a period goes on with the one before it."""
    found: list[ResumeLine] = []
    for line in text.splitlines():
        match = _LINE.match(line)
        plain = line.strip()
        if match:
            until = _month(match.group(3), match.group(4)) if match.group(3) else None
            found.append(
                ResumeLine(_month(match.group(1), match.group(2)), until, match.group(5).strip())
            )
        elif plain and found:
            last = found[-1]
            found[-1] = ResumeLine(last.since, last.until, last.text + plain)
        elif plain:
            found.append(ResumeLine(None, None, plain))
    return tuple(found)


def format_lines(lines: tuple[ResumeLine, ...]) -> str:
    """The text as a form's file has it."""
    return "\n".join(
        line.period.ljust(PERIOD_WIDTH) + line.text if line.since else line.text for line in lines
    )
