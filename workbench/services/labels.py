"""What people call things: `flights@v3`, `late@champion`, and the records these names mean."""

from __future__ import annotations

from storage.errors import NotFound
from storage.records import CHAMPION, ModelVersion, Version
from storage.store import Transaction
from workbench.core.labels import number_in
from workbench.errors import UsageError


def dataset_version(tx: Transaction, label: str) -> Version:
    """The version that `flights@v3`, `flights@latest` or `flights` names.

    Raises:
        NotFound: There is no such dataset or version.
        UsageError: The label cannot mean a version.
    """
    name, _, which = label.partition("@")
    dataset = tx.datasets.get(name)
    if which in {"", "latest"}:
        latest = tx.datasets.latest(dataset)
        if latest is None:
            from workbench.services.rows import dataset_schema  # noqa: PLC0415 - loads the database

            dataset_schema(dataset)
            raise UsageError(
                f"{name} has no accepted version yet.",
                f"See what its checks say: `workbench data log {name}`.",
            )
        return latest
    number = number_in(which, prefix="v")
    if number is None:
        raise UsageError(
            f"'{label}' names no version.", f"Write {name}@v3, {name}@latest or {name}."
        )
    return tx.datasets.version(dataset, number)


def model_version(tx: Transaction, label: str) -> ModelVersion:
    """The version that `late@v3`, `late@champion` or `late`, its champion, names.

    Raises:
        NotFound: There is no such model, version or alias.
    """
    name, _, which = label.partition("@")
    alias = which or CHAMPION
    number = number_in(alias, prefix="v")
    if number is not None:
        return tx.models.version(name, number)
    found = tx.models.at(name, alias)
    if found is None:
        raise NotFound(
            f"{name} has no alias '{alias}'.",
            f"See its versions with `workbench model log {name}`.",
        )
    return found
