"""How large a picture is, before it is given its place."""

from __future__ import annotations

import io

from PIL import Image, UnidentifiedImageError

from db.errors import BadInput


def picture_size(data: bytes, refusal: str) -> tuple[int, int]:
    """Width and height in pixels. Raises ``BadInput`` with ``refusal`` for what is no picture, or
    unfolds beyond all measure."""
    try:
        with Image.open(io.BytesIO(data)) as picture:
            return int(picture.width), int(picture.height)
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
        raise BadInput(refusal) from error
