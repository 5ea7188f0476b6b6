"""How large a picture is, before it is given its place."""

from __future__ import annotations

import io

from db.errors import BadInput


def picture_size(data: bytes, refusal: str) -> tuple[int, int]:
    """Width and height in pixels. Raises ``BadInput`` with ``refusal`` for what is no picture, or
    unfolds beyond all measure."""
    from PIL import Image, UnidentifiedImageError  # late: only needed when there is a picture

    try:
        with Image.open(io.BytesIO(data)) as picture:
            return int(picture.width), int(picture.height)
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
        raise BadInput(refusal) from error
