"""A version vector for every field of every record, to tell news from what was seen, without a
clock.

A vector maps the name of a site (one installation of one book) to the counter of its last write
that the value has taken in. A field typed by hand into a workbook is a write of its own: its site
name is ``W`` and a hash, and its counter is always 1.

A record stores one compact text: a vector for the whole row and one for each field that differs
from it.
``state``, ``deleted`` and ``parent`` are fields like any other. Sites stand in it as the small
integers of the table ``sites``; names that begin with ``W`` stand in it as they are, because each
occurs only once and would only fill that table::

    [[1,5]]
        the whole row was written by site 1 at its counter 5
    [[1,5],{"title":[1,5,2,9,"WQ3x…"]}]
        … and the title also by site 2 at 9 and by a cell typed by hand
    [[1,5],{"title":[1,5,2,9]},{"title":[2]}]
        … and it was site 2 that wrote the value which stands there

A vector says whose writes a value has taken in, not who wrote it last: that is what its *authors*
are for, those of its sites whose write is the value itself (several, where the same was written in
two places). Ownership is judged by them
(``ownership.py``), so that nobody is blamed for what stood there before. Where none are named,
every site of the vector may have written it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import msgspec

Vector = dict[str, int]
#: Names of sites, sorted.
Authors = tuple[str, ...]

#: First letter of the site name of a write that was typed into a workbook. A capital, because the
#: names of real sites (``ids.new_uid``) are lower-case: one that began with the same letter would
#: be taken for a typed write.
HAND = "W"

SiteNumber = Callable[[str], int]
SiteName = Callable[[int], str]

_encode_json = msgspec.json.encode
_decode_json = msgspec.json.decode


def is_covered_by(a: Mapping[str, int], b: Mapping[str, int]) -> bool:
    """Whether b has taken in everything that a has (a ≤ b)."""
    if a is b or a == b:
        return True
    for site, counter in a.items():  # noqa: SIM110 - in full: asked a dozen times for each record
        if b.get(site, 0) < counter:
            return False
    return True


def join(a: Mapping[str, int], b: Mapping[str, int]) -> Vector:
    """The least vector that covers both."""
    out = dict(a)
    for site, counter in b.items():
        if out.get(site, 0) < counter:
            out[site] = counter
    return out


def tick(vector: Mapping[str, int], site: str, counter: int) -> Vector:
    """The vector of a write by ``site`` on top of a value with ``vector``; a site's counters only
    ever grow.
    """
    return {**vector, site: counter}


def _pack(vector: Mapping[str, int], site_number: SiteNumber) -> list[int | str]:
    if len(vector) == 1:  # by far the most frequent
        ((site, counter),) = vector.items()
        return [site] if site[0] == HAND else [site_number(site), counter]
    out: list[int | str] = []
    hands: list[str] = []
    for site, counter in vector.items():
        if site[0] == HAND:
            hands.append(site)
        else:
            out.append(site_number(site))
            out.append(counter)
    if len(out) > 2:
        pairs = sorted(zip(out[::2], out[1::2], strict=True))
        out = [part for pair in pairs for part in pair]
    if hands:
        out.extend(sorted(hands))
    return out


def _unpack(packed: list[int | str], site_name: SiteName) -> Vector:
    # by far the most frequent: one site, one counter
    if len(packed) == 2 and type(packed[0]) is int and type(packed[1]) is int:
        return {site_name(packed[0]): packed[1]}
    out: Vector = {}
    waiting: int | None = None
    for part in packed:
        if isinstance(part, str):
            if part[:1] != HAND:
                raise ValueError("not the name of a hand write")
            out[part] = 1
        elif type(part) is not int:
            raise ValueError("neither a number nor the name of a hand write")
        elif waiting is None:
            waiting = part
        else:
            out[site_name(waiting)] = part
            waiting = None
    if waiting is not None:
        raise ValueError("a site without a counter")
    return out


def _pack_sites(sites: Authors, site_number: SiteNumber) -> list[int | str]:
    if len(sites) == 1:
        return [sites[0] if sites[0][0] == HAND else site_number(sites[0])]
    hands = sorted(site for site in sites if site[0] == HAND)
    return [*sorted(site_number(site) for site in sites if site[0] != HAND), *hands]


def _unpack_sites(packed: list[int | str], site_name: SiteName) -> Authors:
    names = [part if isinstance(part, str) else site_name(part) for part in packed]
    if any(isinstance(part, str) and part[:1] != HAND for part in packed):
        raise ValueError("not the name of a hand write")
    return tuple(sorted(names))


def joined_authors(
    mine: Vector, my_authors: Authors, theirs: Vector, their_authors: Authors
) -> Authors:
    """Who wrote a value that was written in two places: each author whose write the other side had
    not overruled."""
    kept = {a for a in my_authors if theirs.get(a, 0) < mine.get(a, 0) or a in their_authors}
    kept |= {a for a in their_authors if mine.get(a, 0) < theirs.get(a, 0) or a in my_authors}
    return tuple(sorted(kept))


class RowVersions:
    """The vectors of one record: ``row`` holds for each field that is not named in ``fields``."""

    __slots__ = ("authors", "fields", "row")

    def __init__(
        self,
        row: Vector | None = None,
        fields: dict[str, Vector] | None = None,
        authors: dict[str, Authors] | None = None,
    ) -> None:
        self.row: Vector = {} if row is None else row
        self.fields: dict[str, Vector] = {} if fields is None else fields
        #: only where they are fewer than the sites of the field's vector
        self.authors: dict[str, Authors] = {} if authors is None else authors

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, RowVersions)
            and self.row == other.row
            and self.fields == other.fields
            and self.authors == other.authors
        )

    __hash__ = None  # type: ignore[assignment]  # it can be changed in place

    def __repr__(self) -> str:
        return f"RowVersions({self.row!r}, {self.fields!r}, {self.authors!r})"

    def of(self, field: str) -> Vector:
        """The vector of one field. Not to be changed in place."""
        return self.fields.get(field, self.row)

    def authors_of(self, field: str) -> Authors:
        """The sites that may have written the value which stands in a field; all of its vector's,
        where nothing else is known."""
        return self.authors.get(field) or tuple(self.of(field))

    def set(self, field: str, vector: Vector, authors: Authors = ()) -> None:
        """Put the vector of one field and who wrote its value, in place; a vector that equals the
        row's is not kept twice."""
        if vector == self.row:
            self.fields.pop(field, None)
        else:
            self.fields[field] = vector
        if 0 < len(authors) < len(vector):
            self.authors[field] = authors if len(authors) == 1 else tuple(sorted(authors))
        else:
            self.authors.pop(field, None)

    def copy(self) -> RowVersions:
        """A copy whose fields can be set; the vectors themselves are shared and never changed in
        place."""
        return RowVersions(self.row, dict(self.fields), dict(self.authors))

    def with_write(self, fields: Iterable[str], site: str, counter: int) -> RowVersions:
        """A copy in which ``site`` has written these fields at ``counter``."""
        out = self.copy()
        for field in fields:
            out.set(field, tick(self.of(field), site, counter), (site,))
        return out

    def covers(self, other: RowVersions, fields: Iterable[str]) -> bool:
        """Whether each of these fields here has taken in what the other row has."""
        return all(is_covered_by(other.of(field), self.of(field)) for field in fields)

    def sites(self) -> frozenset[str]:
        """Every site that any vector names, hand writes left out."""
        out = {site for site in self.row if site[0] != HAND}
        for vector in self.fields.values():
            out.update(site for site in vector if site[0] != HAND)
        return frozenset(out)

    def encode(self, site_number: SiteNumber) -> str:
        """The compact text for the column ``versions``; equal vectors give equal texts."""
        packed: list[object] = [_pack(self.row, site_number)]
        if self.fields or self.authors:
            packed.append(
                {name: _pack(self.fields[name], site_number) for name in sorted(self.fields)}
            )
        if self.authors:
            packed.append({
                name: _pack_sites(self.authors[name], site_number) for name in sorted(self.authors)
            })
        return _encode_json(packed).decode()

    @classmethod
    def decode(cls, text: str, site_name: SiteName) -> RowVersions:
        """Read such a text. ValueError when it is not one (a workbook may hold anything)."""
        try:
            packed = _decode_json(text)
            out = cls(_unpack(packed[0], site_name))
            if len(packed) > 1:
                out.fields = {
                    str(name): _unpack(vector, site_name) for name, vector in packed[1].items()
                }
            if len(packed) > 2:
                out.authors = {
                    str(name): _unpack_sites(sites, site_name) for name, sites in packed[2].items()
                }
        except (msgspec.DecodeError, TypeError, LookupError, AttributeError) as error:
            raise ValueError(f"not a version text: {text[:60]!r}") from error
        return out

    def to_portable(self) -> str:
        """JSON with the names of the sites, for places that have no table of sites."""
        parts: list[object] = [self.row]
        if self.fields or self.authors:
            parts.append(self.fields)
        if self.authors:
            parts.append(self.authors)
        return _encode_json(parts).decode()

    @classmethod
    def from_portable(cls, text: str) -> RowVersions:
        """Read what :meth:`to_portable` wrote. ValueError when it is not that."""
        try:
            parts = _decode_json(text, type=list[dict[str, msgspec.Raw]])
            row = _decode_json(_encode_json(parts[0]), type=dict[str, int])
            rest = parts[1] if len(parts) > 1 else {}
            fields = _decode_json(_encode_json(rest), type=dict[str, dict[str, int]])
            rest = parts[2] if len(parts) > 2 else {}
            authors = _decode_json(_encode_json(rest), type=dict[str, tuple[str, ...]])
        except (msgspec.DecodeError, IndexError) as error:
            raise ValueError(f"not a version text: {text[:60]!r}") from error
        return cls(row, fields, authors)
