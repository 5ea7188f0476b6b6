"""What is done while nobody waits: making rows searchable that came in by the thousand, indexes of
the orders that long lists can be sorted by, names known to who masks an edition, rare characters of
names drawn."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer

from db.session import Session
from desktop.ui.kit import theme
from desktop.ui.kit.debounce import pause
from desktop.ui.kit.jobs import Job, Jobs

PAUSE_MS, PORTION = 1_500, 300
"""Rest after the last change, and rows per turn: about 50 ms of the write lock."""


class IdleWork(QObject):
    """Starts when the book has been quiet for a moment, works in small portions, and gives way to
    any other write."""

    def __init__(self, session: Session, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._jobs = session, jobs
        self._quiet = pause(self, PAUSE_MS, self._portion)
        self._busy = False
        self._faces: dict[str, bytes] = {}
        # A bound method, so that Qt lets go of it with this object: a workspace is made anew while
        # the jobs live on.
        jobs.changed.connect(self._changed)
        jobs.order_wanted.connect(self._changed)
        jobs.awaited.connect(self._give_way)
        self._quiet.start()

    def _changed(self, change: object = None) -> None:
        self._quiet.start()

    def _give_way(self) -> None:
        """An index of a long ledger takes a second or more, and is taken up again."""
        for book in self._session.books:
            book.ask_for_way()

    def _portion(self) -> None:
        if self._busy:
            return
        if self._jobs.writing is not None:
            self._quiet.start()
            return
        self._busy = True
        self._jobs.write(
            self._index, self._indexed, failed=self._stopped, owner=self, label="正在编排搜索",
            upkeep=True,
        )

    def _index(self, job: Job) -> int:
        books = self._session.books
        done = sum(book.make_order() for book in books)  # seconds, where the words take minutes
        done = done or sum(book.index_waiting(PORTION) for book in books)
        if not done and not any(book.orders_wanted for book in books):
            # late: nobody waits for it
            from desktop.bulletin.masking.ledger_names import remember_people

            remember_people(self._session)
            written = set().union(*(book.characters() for book in books))
            self._faces = theme.rare_faces(written)
        return done

    def _indexed(self, done: int) -> None:
        self._busy = False
        if done:
            QTimer.singleShot(0, self, self._portion)
        elif any(book.orders_wanted for book in self._session.books):
            self._quiet.start()  # one gave way
        elif self._faces:
            theme.take_faces(self._faces)
            self._faces = {}

    def _stopped(self, error: Exception) -> None:
        """A full disk or the like: the person's own next write will say so; the rows stay findable
        by their lists."""
        self._busy = False
