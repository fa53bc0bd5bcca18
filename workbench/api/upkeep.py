"""The quarantine, and the bytes of the store: verified and freed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from storage.records import Arrival, CheckResult, Freeable, Verification, Version
from workbench.api.handle import Handle, number_of

if TYPE_CHECKING:
    from workbench.services.quarantine import Quarantine


class UpkeepCalls(Handle):
    """What keeps the store in order."""

    def quarantine(self, dataset: str | None = None) -> Quarantine:
        """What is in quarantine, of all datasets or of one."""
        from workbench.services import quarantine

        return quarantine.listing(self._context, dataset)

    def accept(self, label: str, *, why: str) -> Version:
        """Makes the rows of a quarantined version current, as a new version."""
        from workbench.services import quarantine

        return quarantine.accept(self._context, label, why=why)

    def check_again(self, label: str) -> Version:
        """Checks the rows of a quarantined version again, as a new pending version."""
        from workbench.services import quarantine

        return quarantine.check_again(self._context, label)

    def read_again(self, arrival: int | str) -> Version | None:
        """Puts a quarantined file back to be read; the pending version when it was read at once."""
        from workbench.services import quarantine

        return quarantine.read_again(self._context, number_of(arrival, "a", "file"))

    def quarantined_version(self, label: str) -> tuple[Version, tuple[CheckResult, ...]]:
        """A quarantined version, and what its checks found, with offending rows."""
        from workbench.services import quarantine

        return quarantine.version(self._context, label)

    def quarantined_file(self, arrival: int | str) -> Arrival:
        """The quarantined file with this id or label: 12 or `a12`."""
        from workbench.services import quarantine

        return quarantine.file(self._context, number_of(arrival, "a", "file"))

    def drop(self, label: str) -> None:
        """Forgets a quarantined version or file: `flights@v5` or `a12`."""
        from workbench.services import quarantine

        if "@" in label:
            quarantine.drop(self._context, label)
        else:
            quarantine.drop_file(self._context, number_of(label, "a", "file"))

    def freeable(self) -> Freeable:
        """What nothing in the store needs."""
        from workbench.services import upkeep

        return upkeep.freeable(self._context)

    def free(self) -> Freeable:
        """Removes what nothing in the store needs, and says what it was."""
        from workbench.services import upkeep

        return upkeep.free(self._context)

    def verify(self, dataset: str | None = None) -> Verification:
        """Reads blobs again and compares them with their names; those of one dataset or all."""
        from workbench.services import upkeep

        return upkeep.verify(self._context, dataset)
