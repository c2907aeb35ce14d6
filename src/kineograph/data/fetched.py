"""What the sources share whose films come in packages: fetched once, the licence beside the store."""

from abc import abstractmethod

from kineograph.core.errors import UserError
from kineograph.data.prepared import Prepared
from kineograph.data.store_writer import write_whole


class Fetched(Prepared):
    """A prepared source of other people's pictures: ``ATTRIBUTION.txt`` beside them says whose, and the licence."""

    @abstractmethod
    def notice(self) -> str:
        """Who made what is stored, under which licence, where it came from and what was changed."""

    def prepare(self, num_processes: int, engine: str = "local") -> list[str]:
        """Fetches what is not cached and writes the store; returns one line for each film that was skipped."""
        try:
            skipped = Prepared.open(self).meta["skipped"]  # the store itself, whatever a source makes of it
        except UserError:  # there is no such store yet, or one of other settings
            skipped = super().prepare(num_processes, engine)
        write_whole(self.store_folder / "ATTRIBUTION.txt", self.notice().encode())
        return skipped
