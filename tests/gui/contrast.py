"""Contrast as WCAG 2 counts it: of two colours, and of what stands in a part of a picture."""

from __future__ import annotations

from PIL.Image import Image


def luminance(colour: tuple[int, ...]) -> float:
    shares = [value / 255 for value in colour[:3]]
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ratio(one: str | tuple[int, ...], other: str | tuple[int, ...]) -> float:
    """1 to 21; colours as #rrggbb or as numbers."""
    low, high = sorted(luminance(bytes_of(each)) for each in (one, other))
    return (high + 0.05) / (low + 0.05)


def bytes_of(colour: str | tuple[int, ...]) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour[1:])) if isinstance(colour, str) else colour


def strongest(picture: Image) -> float:
    """The contrast of the ink to the ground: of the colour that stands out most to the commonest one. Edges of
    letters are blended, their stems are not."""
    counted = picture.convert("RGB").getcolors(picture.width * picture.height) or []
    _, ground = max(counted)
    return max(ratio(ground, colour) for _, colour in counted)
