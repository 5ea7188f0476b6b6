"""What a workbook states of offices and their sites, held against what this book knows of them."""

from __future__ import annotations

import msgspec

from db.access import unit_claims as claims
from db.access.unit_claims import Claim
from db.merge import ownership
from db.merge.ownership import Author
from db.merge.versions import HAND, RowVersions
from db.model.records import UNKNOWN
from db.session import Session
from db.store.book import Book
from db.store.offices import is_own_site
from db.units import people
from db.units.names import UNIT_KIND
from desktop.exchange.format.manifest import ExportedRow, Hidden

STRANGE = (
    "隐藏页里说有的台账编号是本单位的，本单位却没有用过。署着它的修改按发出单位写的看待，"
    "请向发出单位核实工作簿是不是被人动过。"
)


class StatedOffice(msgspec.Struct, frozen=True):
    """An office as the workbook tells of it."""

    name: str
    unit: str | None


class StatedOffices:
    """Made once per file and book."""

    def __init__(self, session: Session, book: Book, hidden: Hidden) -> None:
        self.session, self.book, self.hidden = session, book, hidden
        self.manifest = hidden.manifest
        self.own = session.office_id
        #: whose workbook it is; one that the program did not make is this office's own
        self.sender = self.manifest.office_id if self.manifest else self.own
        #: the file holds writes of this book's own site that this book knows nothing of
        self.ahead = False
        #: sites that are said to be this office's own and never were
        self.strange: set[str] = set()
        #: the site as which this book writes now, and how far it has come
        self.reached = book.reached
        self._open: dict[str, Claim] | None = None
        self._stated: dict[str, StatedOffice] = {}
        self._numbers: dict[str, str] = {}
        self._site_offices: dict[str, str] = {}
        self._authors: dict[str, Author | None] = {}
        self._units: dict[str, frozenset[str]] = {}
        self._read()

    def _read(self) -> None:
        manifest = self.manifest
        if manifest is None:
            return
        for number, (uid, name, unit) in manifest.offices.get(self.book.name, {}).items():
            self._numbers[number] = uid
            self._stated[uid] = StatedOffice(name, unit or None)
        self._stated.setdefault(self.sender, StatedOffice(manifest.office, None))
        names = manifest.sites.get(self.book.name, {})
        for number, office in manifest.site_offices.get(self.book.name, {}).items():
            if number not in names or office not in self._numbers:
                continue
            site, uid = names[number], self._numbers[office]
            if (
                uid == self.own != self.sender and self.book.offices.of_site(site) is None
                and not is_own_site(self.book.audit_key, site)
            ):
                self.strange.add(site)  # whoever sends it answers for what was written there
            else:
                self._site_offices[site] = uid
        if manifest.site:  # all that the first form tells
            self._site_offices.setdefault(manifest.site, self.sender)

    def look_ahead(self, versions: RowVersions) -> None:
        """Notice a counter of this book's own site that it never reached: it was put back to an
        older state, or somebody has changed the file. Either way the next write under this site
        would be taken for one that others have seen."""
        site, counter = self.reached
        if site and any(
            vector.get(site, 0) > counter for vector in (versions.row, *versions.fields.values())
        ):
            self.ahead = True

    def office_of(self, site: str) -> str:
        """The id of the office that writes as a site; "" for one nobody has told. What this book
        knows goes before what it is told."""
        office = self.book.offices.of_site(site)
        return office.uid if office is not None else self._site_offices.get(site, "")

    def name_of(self, uid: str) -> str:
        """What an office is called in sentences."""
        known, stated = self.book.offices.by_uid(uid), self._stated.get(uid)
        return (known.name if known else "") or (stated.name if stated else "") or "另一个单位"

    def units_of(self, uid: str) -> frozenset[str]:
        """The units that an office is: of its own what it says here, of another what is known."""
        found = self._units.get(uid)
        if found is None:
            unit = self.session.own_unit if uid == self.own else self._seat(uid)
            found = self._units[uid] = (
                frozenset(self.session.taken_over(unit)) | {unit} if unit else frozenset()
            )
        return found

    def _seat(self, uid: str) -> str | None:
        """The unit that another office is taken for: as known, or newly as told, where nobody else
        is known to be that unit."""
        known, stated = self.book.offices.by_uid(uid), self._stated.get(uid)
        unit, new = (known.unit if known else None), stated.unit if stated else None
        if not new or new == unit or (unit and uid != self.sender):
            return unit
        return new if claims.accepted(self.session, uid, new) else unit

    def claims(self) -> list[Claim]:
        """Offices that say they are a unit for which they are not taken, because others are it or
        somebody said no."""
        found = []
        for uid, stated in self._stated.items():
            known = self.book.offices.by_uid(uid)
            if (
                uid != self.own and stated.unit
                and (uid == self.sender or not (known and known.unit))
                and self._seat(uid) != stated.unit
            ):
                others = claims.holders(self.session, uid, stated.unit)
                denied = claims.claim_answers(self.session).get(uid, {}).get(stated.unit) is False
                found.append(Claim(uid, self.name_of(uid), stated.unit, others, denied))
        return found

    def news_of_sender(self) -> list[str]:
        """What the sender newly says of itself and is believed: its unit, its name."""
        known, stated = self.book.offices.by_uid(self.sender), self._stated.get(self.sender)
        found: list[str] = []
        if self.sender == self.own or stated is None:
            return found
        seat, before = self._seat(self.sender), known.unit if known else None
        if seat and seat != before:
            unit = self.unit_name(seat)
            was = f"以前是“{self.unit_name(before)}”，现在" if before else ""
            found.append(
                f"“{stated.name}”{was}说自己就是“{unit}”，今后这个单位的事项由它填报；不是这样的，"
                "请在“设置”页的“往来单位”里改。"
            )
        if known is not None and known.name and stated.name and known.name != stated.name:
            found.append(f"“{known.name}”现在叫“{stated.name}”。")
        names = {
            self.session.office_name,
            *(other.name for other in claims.offices(self.session) if other.uid != self.sender),
        }
        if known is None and stated.name in names:
            found.append(
                f"叫“{stated.name}”的单位不止一个，这一个的编号和以前见过的不同。"
                "请核对是不是对方换了电脑、另建了台账。"
            )
        return found

    def remarks(self) -> list[str]:
        """What the person who looks at the plan should know of them."""
        found = self.news_of_sender()
        if self.strange:
            found.append(STRANGE)
        return found + [_claim_text(each, self.unit_name(each.unit)) for each in self.claims()]

    def unit_name(self, uid: str) -> str:
        """What a unit is called: here, or else in the workbook that brings it."""
        if uid in self.session.names.every_unit():
            return self.session.unit_name(uid)
        row, sheet = self.hidden.row(UNIT_KIND, uid), self.hidden.sheets.get(UNIT_KIND)
        stated = (
            dict(zip(sheet.fields, row.values, strict=False))
            if row is not None and sheet is not None else {}
        )
        return str(stated.get("name") or "另一个单位")

    def author(self, site: str) -> Author | None:
        """Who writes as a site; None where nobody has told."""
        if site not in self._authors:
            office, for_unit = self.office_of(site), False
            if site[:1] == HAND:
                offices = {
                    self.own, self.sender, *self._stated,
                    *(o.uid for o in self.book.offices.every()),
                }
                office, for_unit = ownership.typed_into(site, offices) or ("", False)
            self._authors[site] = (
                Author(office, self.units_of(office), for_unit) if office else None
            )
        return self._authors[site]

    def writer(self, site: str) -> Author:
        """The same; where nobody has told, whoever sends it answers for it."""
        return self.author(site) or Author(self.sender, self.units_of(self.sender))

    def maker(self, versions: RowVersions) -> str:
        """The office of the site that made a row."""
        sites = [site for site in versions.row if site[:1] != HAND]
        return self.office_of(sites[0]) if len(sites) == 1 else ""

    def stated_issuer(self, row: ExportedRow | None, versions: RowVersions) -> str:
        """The office that issued a record which is new here: as the workbook says; a row filled in
        is the workbook's office's."""
        if row is None:
            return self.sender
        if self.manifest is not None and self.manifest.format >= 2:
            return self._numbers.get(str(row.issuer), "")
        return self.maker(versions)

    @property
    def tag(self) -> str:
        """Stands behind the hash of each cell typed into this workbook; the first form had none."""
        if self.manifest is not None and self.manifest.format < 2:
            return ""
        return ownership.hand_tag(
            self.sender, self.manifest is not None and self.manifest.unit is not None
        )

    def claim_of(self, office: str) -> Claim | None:
        """What an office says it is and has not been believed yet."""
        if self._open is None:
            self._open = {claim.office: claim for claim in self.claims()}
        return self._open.get(office)

    # -- taking it in ------------------------------------------------------------------------------

    def learn(self) -> None:
        """Keep what the workbook tells of offices and sites; inside the transaction that takes it
        in."""
        if self.manifest is None:
            return
        offices = self.book.offices
        for uid, stated in self._stated.items():
            offices.meet(uid, stated.name, self._seat(uid), itself=uid == self.sender)
        for claim in self.claims():
            claims.remember(self.session, claim)
        people.learn(self.session, self.hidden.people, self.sender)
        for site, uid in self._site_offices.items():
            office = offices.by_uid(uid)
            if office is not None:
                offices.assign(site, office.number)

    def number(self, uid: str) -> int:
        """The number of an office in this book, once learned."""
        office = self.book.offices.by_uid(uid) if uid else None
        return office.number if office is not None else UNKNOWN


def _claim_text(claim: Claim, unit: str) -> str:
    """For the preview: that two say they are the same unit, and what becomes of it."""
    rest = (
        f"它以“{unit}”名义填报的内容先不接受，"
        "列在“不予采用”里；管理员或审核员在“设置”页的“往来单位”里确认后，再导入一次就会采用。"
    )
    if claim.denied:
        return (
            f"“{claim.name}”说自己就是“{unit}”，本单位没有承认，它以这个名义填报的内容不接受。"
            "要改，请到“设置”页的“往来单位”。"
        )
    return (
        f"“{claim.name}”说自己就是“{unit}”，"
        f"可{'、'.join(_quoted(h) for h in claim.holders[:3])}也是。{rest}"
    )


def _quoted(name: str) -> str:
    return name if name == "本单位" else f"“{name}”"
