"""A demo: a public page on which everybody may look and try, and nobody changes what is kept.

HETEROSCOPE_DEMO turns it on. The checks are here, beneath every page: a store that is never written, a laboratory that
trains quick runs alone, and a library that says why. Uploads are refused by the store of tables and by the server.
"""

from collections.abc import Iterable
from typing import Any, NoReturn

from ..experiment.experiment import Experiment
from ..host import host
from ..training.cost import QUICK_S, estimated_seconds, is_quick
from ..training.run import Run
from . import schema
from .cluster import Cluster
from .database import UNUSABLE
from .entry import Entry
from .exchange import Imported
from .job import Job, ended_job
from .laboratory import Laboratory
from .library import Library, LibraryError
from .store import Store

AT_HOME = "At home it does all that: “streamlit run app.py” starts it, and the same link opens there."
CHANGES_NOTHING = f"This is a demo, in which nothing is kept, changed or deleted. {AT_HOME}"


def too_long(experiment: Experiment) -> str:
    """Why a long run is not trained here, and where it is."""
    seconds = estimated_seconds(experiment)
    return f"This is a demo, in which a training takes at most {QUICK_S:g} s, and not some {seconds:,.0f} s. {AT_HOME}"


class DemoStore(Store):
    """A store that is looked up and never written; a database that allows no writing will do."""

    def put(self, *arguments: Any, **options: Any) -> bool:
        """Keep nothing."""
        return False

    def put_soon(self, *arguments: Any, **options: Any) -> None:
        """Keep nothing."""

    list_soon = put_soon

    def change(self, work: Any, otherwise: Any) -> Any:
        """Change nothing."""
        return otherwise

    def _comes_back(self) -> bool:
        """Whether it can be read again: it is not tried whether it can be written."""
        try:
            self._changed(schema.claim)
        except UNUSABLE as error:
            self._fails("read", error)
            return False
        self._away, self.problem = "", None
        return True


class DemoLaboratory(Laboratory):
    """A laboratory that trains quick runs alone; the job of a longer one has ended with a sentence."""

    def start(self, experiment: Experiment, *arguments: Any, **options: Any) -> Job:
        """Train it, if it is quick or known."""
        if is_quick(experiment) or self.trains(experiment) or self.find(experiment) is not None:
            return super().start(experiment, *arguments, **options)
        return ended_job(experiment, Run.without_steps(experiment, "failed", too_long(experiment)))


class DemoLibrary(Library):
    """A library to look at: what would change it raises LibraryError, or is refused with the same sentence."""

    def star(self, *arguments: Any, **options: Any) -> NoReturn:
        """Refused."""
        raise LibraryError(CHANGES_NOTHING)

    rename = note = star

    def delete(self, ids: Iterable[int], *arguments: Any, **options: Any) -> NoReturn:
        """Refused."""
        raise LibraryError(CHANGES_NOTHING)

    undo = share = delete

    def move_here(self, space: str) -> NoReturn:
        """Refused."""
        raise LibraryError(CHANGES_NOTHING)

    def may_change(self, entry: Entry) -> bool:
        """Never."""
        return False

    def import_file(self, data: bytes, *arguments: Any, **options: Any) -> Imported:
        """Refused before it is unpacked."""
        return Imported(0, 0, (CHANGES_NOTHING,))


def laboratory_here() -> Laboratory:
    """The laboratory of a server, as its host has set it. Raises ClusterError where no workers can be started."""
    if host("demo"):
        return DemoLaboratory(Cluster(), DemoStore(patient=True))
    return Laboratory(Cluster(), Store(patient=True))


def library_of(store: Store, *arguments: Any, **options: Any) -> Library:
    """The library in a store: one to look at, if the store is that of a demo."""
    return (DemoLibrary if isinstance(store, DemoStore) else Library)(store, *arguments, **options)
