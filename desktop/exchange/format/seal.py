"""The seal under a hidden sheet: only the book that made a workbook can have written it."""

from __future__ import annotations

import hashlib
import hmac

from db.session import Session


def seal(session: Session, digest: bytes) -> str:
    """What this office puts under its hidden sheet; the key lies inside the book."""
    key = hashlib.blake2b(key=session.office.audit_key, person=b"zx-hidden-page").digest()
    return hmac.digest(key, digest, "sha256").hex()
