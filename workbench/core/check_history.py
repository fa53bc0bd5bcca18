"""What the checks of a dataset found over its versions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from storage.records import CheckHistory, CheckResult, CheckTimeline, Version


def timeline(
    dataset: str, versions: Sequence[Version], results: Mapping[int, Sequence[CheckResult]]
) -> CheckTimeline:
    """The results of several versions, check by check.

    Args:
        dataset: Its name.
        versions: The versions, newest first.
        results: Results by the id of their version, in the order they were declared.
    """
    checked = [one for one in reversed(versions) if results.get(one.id)]
    # What the newest version was asked comes first, then what is asked no more.
    names = dict.fromkeys(
        result.check for version in reversed(checked) for result in results[version.id]
    )
    by_name = [{one.check: one for one in results[version.id]} for version in checked]
    return CheckTimeline(
        dataset=dataset,
        versions=tuple(checked),
        checks=tuple(
            CheckHistory(check=name, results=tuple(found.get(name) for found in by_name))
            for name in names
        ),
    )
