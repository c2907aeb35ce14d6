"""What the sources share whose films come in packages: fetched once, the licence beside the store."""

from abc import abstractmethod

from kineograph.core.errors import UserError
from kineograph.data.prepared import Prepared
from kineograph.data.store_damage import forget_damaged
from kineograph.data.store_lock import locked
from kineograph.data.store_writer import write_whole


class Fetched(Prepared):
    """A prepared source of other people's pictures: ``ATTRIBUTION.txt`` beside them says whose, and the licence."""

    @abstractmethod
    def notice(self) -> str:
        """Who made what is stored, under which licence, where it came from and what was changed."""

    def prepare(self, num_processes: int, engine: str = "local") -> list[str]:
        """Fetches what is not cached and writes the store; returns one line for each film that was skipped."""
        forget_damaged(self.store_folder)
        try:
            skipped = Prepared.open(self).meta["skipped"]  # the store itself, whatever a source makes of it
        except UserError:  # there is no such store yet, or one of other settings
            skipped = super().prepare(num_processes, engine)
        self._tell()
        return skipped

    def _tell(self) -> None:
        """Writes the notice where it is not there yet, so that a store of others need not be writable."""
        file, content = self.store_folder / "ATTRIBUTION.txt", self.notice().encode()
        try:
            if file.is_file() and file.read_bytes() == content:
                return
            with locked(self.store_folder):
                write_whole(file, content)
        except OSError as error:
            raise UserError(f"{file}: cannot be written ({error.strerror or error})") from error
