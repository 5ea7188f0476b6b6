"""How large a picture is, before it is given its place."""

from __future__ import annotations

import io
from functools import lru_cache

from PIL import Image, ImageOps, UnidentifiedImageError

from db.errors import BadInput
from db.model.attached_files import MOST_PIXELS

# ``picture_size`` has a limit of its own, and a sentence for it.
Image.MAX_IMAGE_PIXELS = None
#: 300 to the inch, as printers draw.
DOTS_PER_POINT = 300 / 72
#: Of photographs, which have no sharp edges: 200 to the inch.
DOTS_PER_MM = 200 / 25.4
UNREADABLE = "图片读不出来，请换一张 JPG 或 PNG 格式的。"


def picture_size(data: bytes, refusal: str) -> tuple[int, int]:
    """Width and height in pixels. Raises ``BadInput`` with ``refusal`` for what is no picture, or
    unfolds beyond all measure: no more of it is read than its head."""
    try:
        with Image.open(io.BytesIO(data)) as picture:
            size = int(picture.width), int(picture.height)
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
        raise BadInput(refusal) from error
    if size[0] * size[1] > MOST_PIXELS:
        raise BadInput(
            f"这张图片有 {size[0]}×{size[1]} 像素，超过 {MOST_PIXELS // 10_000} 万，"
            f"没有读入。请用看图软件缩小后再试。"
        )
    return size


@lru_cache(maxsize=4)
def for_paper(data: bytes, width: float, height: float) -> bytes:
    """The picture for a place of so many points, with no more pixels than paper shows: a large one
    is scaled once, not at every drawing."""
    wide, high = picture_size(data, UNREADABLE)
    most = (max(1, round(width * DOTS_PER_POINT)), max(1, round(height * DOTS_PER_POINT)))
    if wide * high <= 4 * most[0] * most[1]:
        return data
    out = io.BytesIO()
    with Image.open(io.BytesIO(data)) as picture:
        picture.draft("RGB", most)
        clear = picture.has_transparency_data
        picture.thumbnail(most)
        picture.convert("RGBA" if clear else "RGB").save(out, "PNG")
    return out.getvalue()


def photograph(data: bytes, width: float, height: float) -> tuple[bytes, float]:
    """A photograph for a place of so many millimetres, the right way up, as a JPEG with no more
    pixels than paper shows, and how wide it comes out. A large one is decoded small. ``BadInput``
    for what is no picture or too large."""
    picture_size(data, UNREADABLE)
    most = (round(width * DOTS_PER_MM), round(height * DOTS_PER_MM))
    try:
        with Image.open(io.BytesIO(data)) as picture:
            picture.draft("RGB", (max(most), max(most)))  # it may lie on its side
            upright = ImageOps.exif_transpose(picture)
            upright.thumbnail(most)
            flat = Image.new("RGB", upright.size, "white")
            clear = upright.convert("RGBA") if upright.has_transparency_data else None
            flat.paste(clear or upright.convert("RGB"), mask=clear)
    except (OSError, ValueError, Image.DecompressionBombError) as error:
        raise BadInput(UNREADABLE) from error
    out = io.BytesIO()
    flat.save(out, "JPEG", quality=85)
    return out.getvalue(), min(width, height * flat.width / flat.height)
