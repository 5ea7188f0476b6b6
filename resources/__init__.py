"""Where the declarations, fonts, icons and help pages lie, so that nobody builds such a path by
hand.

PyInstaller keeps this package as a folder inside the built program, so a path beside this file is
right in a checkout, in an installed wheel and in a built program alike.
"""

from pathlib import Path

_ROOT = Path(__file__).resolve().parent


def path(*parts: str) -> Path:
    """The file or folder that `parts` name under `resources/`, whether or not it exists."""
    return _ROOT.joinpath(*parts)
