"""What a masked edition hides by the command line: ``--masked`` the usual, ``--hide`` what is
named; and what it tells afterwards."""

from __future__ import annotations

import re
from argparse import Namespace
from typing import TYPE_CHECKING

from db.errors import BadInput
from db.session import Session
from desktop.bulletin.masking.finder import SORTS
from desktop.bulletin.masking.ledger_names import CHOICES, USUAL, mask_for
from desktop.commands.answers import print_notice

if TYPE_CHECKING:
    from desktop.bulletin.masking.mask import Mask
    from desktop.bulletin.writers import Printed


def mask_of(session: Session, options: Namespace) -> Mask | None:
    """The mask that was asked for, or None."""
    if not options.hide:
        return mask_for(session, USUAL) if options.masked else None
    by_word = {SORTS[key]: key for key in CHOICES} | {key: key for key in CHOICES}
    asked = [word for word in re.split("[，、,]", options.hide) if word]
    unknown = [word for word in asked if word not in by_word]
    if unknown or not asked:
        raise BadInput(
            f"--hide 不认得“{'、'.join(unknown)}”，"
            f"可以写：{'、'.join(map(SORTS.__getitem__, CHOICES))}。", field="hide",
        )
    return mask_for(session, [by_word[word] for word in asked])


def answer(printed: Printed) -> dict[str, object]:
    """What was hidden (``guessed``: though no ledger has it) and what is left, for the answer;
    empty for an edition that is not masked."""
    if printed.masking is None:
        return {}
    hidden = [
        {"sort": sort, "text": text, "times": times}
        for (sort, text), times in printed.masking.hidden.items()
    ]
    guessed, left = (
        [{"sort": e.sort, "text": e.text, "around": e.around} for e in found.values()]
        for found in (printed.masking.guessed, printed.masking.left)
    )
    return {"hidden": hidden, "guessed": guessed, "left": left, "caution": printed.masking.caution}


def tell_masking(printed: Printed) -> None:
    """The same for a person, on standard error."""
    if printed.masking is not None:
        print_notice(printed.masking.sentence())
        for each in printed.masking.guessed.values():
            print_notice(f"按字样隐去：{each.text}（…{each.around}…）")
        for each in printed.masking.left.values():
            print_notice(f"没有隐去：{each.text}（…{each.around}…）")
