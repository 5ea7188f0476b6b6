"""Which ledgers a person likes and which they opened last; where in each section they were."""

from __future__ import annotations

from collections.abc import Sequence

from desktop.settings import Settings

LEDGER = "ledger:"
"""Before the name of a kind: the key of its ledger, as a page has its id."""
VIEW = "navigation"
KEPT = 24
"""Ledgers remembered as last used."""


class UsedPlaces:
    """What this person likes and uses: kept with how they arranged their lists."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        view = settings.view(VIEW)
        self.favourites: list[str] = _texts(view.get("favourites"))
        self.recent: list[str] = _texts(view.get("recent"))
        """The ledgers last opened, the newest first."""
        last = view.get("last")
        self._last: dict[str, str] = dict(last) if isinstance(last, dict) else {}

    def opened(self, section: str, key: str) -> None:
        """A page or ledger came to the front; the window has it kept once that page stands."""
        self._last[section] = key
        if key.startswith(LEDGER):
            self.recent = [key, *(each for each in self.recent if each != key)][:KEPT]

    def last_in(self, section: str, keys: Sequence[str]) -> str:
        """Which of its pages and ledgers was open last in a section, at first the first."""
        last = self._last.get(section, "")
        return last if last in keys else keys[0]

    def like(self, key: str, on: bool) -> None:
        """Make a ledger a favourite, or no longer."""
        self.favourites = [each for each in self.favourites if each != key] + [key] * on
        self.keep()

    def rank(self, key: str) -> int:
        """How soon a ledger deserves a tab: favourites, then those last used, then the rest."""
        if key in self.favourites:
            return 0
        return 1 + self.recent.index(key) if key in self.recent else KEPT + 1

    def keep(self) -> None:
        """Write it down."""
        self._settings.set_view(
            VIEW, {"favourites": self.favourites, "recent": self.recent, "last": self._last}
        )


def _texts(held: object) -> list[str]:
    return [each for each in held if isinstance(each, str)] if isinstance(held, list) else []
