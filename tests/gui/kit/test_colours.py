"""Every pair of colours that the window uses can be told apart, in each of its looks, and all stand in one file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from desktop.ui.kit import theme
from desktop.ui.kit.colours import LOOKS, Colours
from tests.gui.contrast import ratio

GROUNDS = ("ground", "card", "stripe", "hover", "off", "selected", "selected_idle", "track", "accent_pale")
INKS = ("text", "muted", "faint", "danger", "accent", "accent_dark")
ON_ACCENT = (("on_accent", "accent"), ("on_accent", "accent_dark"), ("card", "text"))
"""Words of the first button; words of what is told at the lower edge and beside the mouse."""
HINTS = (("hint", "card"), ("hint", "off"), ("hint", "ground"))
"""What may be typed, in an entry that is blank."""
MARKS = (
    ("edge", "card"), ("edge", "ground"), ("danger", "card"), ("scroll", "card"), ("scroll", "ground"), ("scroll", "stripe"),
    *(("accent", ground) for ground in ("card", "ground", "stripe", "track", "accent_pale", "hover", "off")),
    ("on_accent", "accent"), ("text", "accent_pale"), ("scroll_over", "card"),
)
"""Borders of entries, bars, and rings of what has the focus on what they stand on or in."""
ONLY_DECORATES = {"line", "line_strong", "danger_line", "desk", "lamps", "icons"}
"""What tells nothing by itself: a lamp has a ring in the ink of its tone."""
PICTURES = {"check": "accent", "dot": "accent", "chevron-down": "card", "sort-up": "card", "sort-down": "stripe"}
"""Small pictures of the style sheet, and what they lie on."""
ROOT = Path(__file__).resolve().parents[3]
LITERAL = re.compile(r"#[0-9a-fA-F]{6}\b|#[0-9a-fA-F]{3}\b|rgba?\(|QColor\(\d|GlobalColor\.(?!transparent)")
looks = pytest.mark.parametrize("name", LOOKS)


def too_faint(look: Colours, pairs: list[tuple[str, str, float]]) -> list[str]:
    return [f"{ink} on {ground}: {ratio(ink, ground):.2f} of {least}" for ink, ground, least in pairs if ratio(ink, ground) < least]


@looks
def test_what_is_read_has_contrast(name: str) -> None:
    look, least = LOOKS[name], 7.0 if name == "contrast" else 4.5
    colour = look._asdict()
    pairs = [(colour[ink], colour[ground], least) for ink in INKS for ground in GROUNDS]
    pairs += [(colour[ink], colour[ground], least) for ink, ground in (*ON_ACCENT, *HINTS)]
    for ink, ground in look.tones.values():
        pairs += [(ink, on, least) for on in (ground, *(colour[each] for each in GROUNDS))]
    assert not too_faint(look, pairs)


@looks
def test_what_is_only_seen_has_contrast(name: str) -> None:
    look = LOOKS[name]
    colour = look._asdict()
    pairs = [(colour[mark], colour[ground], 3.0) for mark, ground in MARKS]
    for file, ground in PICTURES.items():
        drawn = re.findall(r"#[0-9a-f]{6}", (ROOT / "resources" / "icons" / look.icons / f"{file}.svg").read_text("utf-8"))
        assert drawn
        pairs += [(ink, colour[on], 3.0) for ink in drawn for on in {ground, *({"off"} if ground == "card" else ())}]
    assert not too_faint(look, pairs)
    assert look.tones.keys() == LOOKS["light"].tones.keys() and look.lamps.keys() <= look.tones.keys()


def test_every_colour_is_of_one_sort() -> None:
    used = {*GROUNDS, *INKS, *(name for pair in (*ON_ACCENT, *HINTS, *MARKS) for name in pair), "tones"}
    assert used | ONLY_DECORATES == set(Colours._fields)
    assert not used & ONLY_DECORATES


def test_no_colour_stands_outside_the_palette() -> None:
    files = [*(ROOT / "desktop" / "ui").rglob("*.py"), ROOT / "resources" / "window.qss"]
    found = {
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in files if path.name != "colours.py"
        for line in path.read_text("utf-8").splitlines() if LITERAL.search(line)
    }  # fmt: skip
    assert not found


def test_icons_are_drawn_in_inks_that_are_measured() -> None:
    named = {
        found.lower() for path in (ROOT / "desktop" / "ui").rglob("*.py")
        for found in re.findall(r"icons\.(?:set_icon|icon|pixmap)\([^)]*?theme\.([A-Z_]+)", path.read_text("utf-8"))
    }
    assert named and named <= {*INKS, "on_accent", "tones"}


def test_what_has_the_focus_is_ringed_twice_as_thick_or_with_a_gap() -> None:
    """A ring of one pixel in another hue than the border that stood there is overlooked."""
    sheet = (ROOT / "resources" / "window.qss").read_text("utf-8").replace("${", "").replace("}px", "px")
    rules = re.findall(r"([^{}]*:focus[^{}]*)\{([^{}]*)\}", re.sub(r"(\w)\}(?=[;\s])", r"\1", sheet))
    thin = {
        chosen.split("}")[-1].strip() for chosen, rule in rules
        if re.search(r"border: 1px|border-color", rule) and not re.search("View|ScrollArea|status|indicator:checked|read-only|tab", chosen)
    }
    assert len(rules) > 10 and not thin


def test_the_style_sheet_pairs_only_what_was_measured() -> None:
    sheet = (ROOT / "resources" / "window.qss").read_text("utf-8")
    pairs = {
        (ink[1], ground[1])
        for rule in re.findall(r"\{([^{}]*(?:\$\{\w+\}[^{}]*)*)\}", sheet)
        if (ink := re.search(r"(?<![-\w])color: \$\{(\w+)\}", rule)) and (ground := re.search(r"(?<![-\w])background: \$\{(\w+)\}", rule))
    }
    measured = {(ink, ground) for ink in INKS for ground in GROUNDS} | set(ON_ACCENT) | {("warn", "warn_ground")}
    assert len(pairs) > 5 and pairs <= measured


def test_a_look_is_worn_and_taken_off() -> None:
    theme.wear("dark")
    try:
        assert (theme.CARD, theme.tone("red")[0].name()) == (LOOKS["dark"].card, LOOKS["dark"].tones["red"][0])
        sheet = theme.style_sheet(theme.Sizes(20, 14))
        assert LOOKS["dark"].accent in sheet and "${" not in sheet and "icons/dark/check.svg" in sheet
    finally:
        theme.wear("light")
    assert LOOKS["light"].card == theme.CARD
