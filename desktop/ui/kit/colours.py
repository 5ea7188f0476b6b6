"""The colours of the window, declared once: light, dark, and of high contrast.

`tests/gui/kit/test_colours.py` holds what is read, also where it cannot be used now, to a contrast
of 4.5 to 1 on every ground that it stands on, and what is only seen (edges of entries, rings of
what has the focus, small pictures, bars) to 3 to 1; in high contrast to 7 and 3.
"""

from __future__ import annotations

from typing import NamedTuple


class Colours(NamedTuple):
    """One look. Grounds, inks on them, lines; what only decorates says so."""

    ground: str
    card: str
    stripe: str
    """Every other row, headings."""
    hover: str
    off: str
    """The ground of what cannot be used."""
    selected: str
    selected_idle: str
    """A chosen row in a window that has not the focus."""
    track: str
    """What a bar runs in; heads within a chart."""
    desk: str
    """What sheets of paper lie on."""
    text: str
    muted: str
    faint: str
    hint: str
    """What may be typed, in an entry that is blank: not to be taken for what was."""
    danger: str
    accent: str
    accent_dark: str
    accent_pale: str
    on_accent: str
    danger_line: str
    edge: str
    """Borders of what is typed in or ticked."""
    line: str
    line_strong: str
    """Lines that only part, and borders of buttons, which have their words."""
    scroll: str
    scroll_over: str
    tones: dict[str, tuple[str, str]]
    """Words of a colour to (text, ground) of a chip."""
    lamps: dict[str, str]
    """A light's colour as a filled dot, which has a ring in the ink of its tone."""
    icons: str = ""
    """The folder of small pictures that the style sheet draws."""


LIGHT = Colours(
    ground="#f3f5f8", card="#ffffff", stripe="#f8fafc", hover="#eef2f7", off="#f7f8fa",
    selected="#d6e6f9", selected_idle="#e6edf5", track="#edf0f4", desk="#dde2e9",
    text="#1b2430", muted="#525d6f", faint="#5c6778", hint="#667085", danger="#b42318",
    accent="#1f5fa8", accent_dark="#174a85", accent_pale="#e2eefb", on_accent="#ffffff",
    danger_line="#e5b4b0", edge="#828c9b", line="#dfe3e9", line_strong="#c3cad4",
    scroll="#828c9b", scroll_over="#5c6778",
    tones={
        "grey": ("#475467", "#eaedf1"),
        "blue": ("#175091", "#e1edfb"),
        "green": ("#156239", "#dff3e6"),
        "yellow": ("#7d4b00", "#ffefcc"),
        "orange": ("#933a06", "#ffe6d5"),
        "red": ("#a61b1b", "#fde3e1"),
        "purple": ("#5b2a86", "#eee5f7"),
    },
    lamps={
        "green": "#2e9e5b", "yellow": "#e0a100", "red": "#d92d20", "blue": "#2f74c8",
        "grey": "#98a2b3",
    },
)  # fmt: skip

DARK = Colours(
    ground="#14181e", card="#1d232b", stripe="#222932", hover="#2a323d", off="#20262e",
    selected="#29435f", selected_idle="#303a46", track="#2b333e", desk="#0f1317",
    text="#e8ecf1", muted="#b3bdca", faint="#a3aebc", hint="#97a3b3", danger="#ff9a91",
    accent="#86bdf7", accent_dark="#b3d6fb", accent_pale="#22384f", on_accent="#0e1a28",
    danger_line="#7a3b38", edge="#8090a4", line="#343d49", line_strong="#4b5666",
    scroll="#66748a", scroll_over="#a3aebc",
    tones={
        "grey": ("#c6cfd9", "#343d49"),
        "blue": ("#a3cdf9", "#1f3850"),
        "green": ("#8ddcae", "#1c3c2a"),
        "yellow": ("#f3cc74", "#43350f"),
        "orange": ("#ffb78e", "#4a2b17"),
        "red": ("#ffaca5", "#4f2322"),
        "purple": ("#d5b8f2", "#3b2950"),
    },
    lamps={
        "green": "#3fb873", "yellow": "#f0b429", "red": "#ff6b5e", "blue": "#6aa7f0",
        "grey": "#98a2b3",
    },
    icons="dark",
)  # fmt: skip

CONTRAST = Colours(
    ground="#000000", card="#000000", stripe="#101010", hover="#242424", off="#101010",
    selected="#123a6b", selected_idle="#2b2b2b", track="#262626", desk="#000000",
    text="#ffffff", muted="#eaeaea", faint="#d6d6d6", hint="#a6a6a6", danger="#ffc0ba",
    accent="#ffe14d", accent_dark="#fff0a0", accent_pale="#3a3300", on_accent="#000000",
    danger_line="#ffb3ac", edge="#ffffff", line="#8c8c8c", line_strong="#b8b8b8",
    scroll="#b8b8b8", scroll_over="#ffffff",
    tones={
        "grey": ("#ffffff", "#333333"),
        "blue": ("#b8dcff", "#06203a"),
        "green": ("#a6f0c2", "#06301a"),
        "yellow": ("#ffe08a", "#332800"),
        "orange": ("#ffcbaa", "#3a1d0a"),
        "red": ("#ffc4be", "#450d0c"),
        "purple": ("#e3ccfa", "#2a1540"),
    },
    lamps={
        "green": "#4ade80", "yellow": "#ffd84d", "red": "#ff7a6e", "blue": "#7db8ff",
        "grey": "#bdbdbd",
    },
    icons="dark",
)  # fmt: skip

LOOKS = {"light": LIGHT, "dark": DARK, "contrast": CONTRAST}
