"""What can go wrong above the store.

storage.errors.Problem
└── WorkbenchError
    ├── ConfigInvalid       workbench.toml has mistakes, all of them listed
    ├── UsageError          the command or argument cannot mean anything
    ├── ProjectExists       a folder already holds something that would be overwritten
    ├── InputUnreadable     a file of rows cannot be read as what it claims to be
    ├── TrainingFailed      a recipe, target or column cannot be trained on
    ├── ModelUnreadable     a file holds no model that could become a version
    ├── ExportRefused       a model has no exact ONNX form here
    ├── PromotionRefused    a version may not be served
    ├── RequestInvalid      rows sent to a model do not fit its signature
    ├── NotServed           a model is known, but no version of it can answer now
    ├── AddressUnusable     the endpoint cannot listen where it was told to
    ├── Unauthorized        a request shows no key that the endpoint knows
    ├── Forbidden           a key opens less than what was asked for
    ├── FilesShut           files in a watched folder that cannot be opened
    └── AlreadyRunning      another process of this project does this work
"""

from __future__ import annotations

from storage.errors import Problem


class WorkbenchError(Problem):
    """Base of all errors of the workbench."""


class ConfigInvalid(WorkbenchError):
    """workbench.toml has mistakes."""

    exit_code = 2


class UsageError(WorkbenchError):
    """A command or argument that cannot mean anything."""

    exit_code = 2


class ProjectExists(WorkbenchError):
    """A folder already holds something that would be overwritten."""


class InputUnreadable(WorkbenchError):
    """A file of rows cannot be read as what it claims to be."""


class TrainingFailed(WorkbenchError):
    """A recipe, a target or a column cannot be trained on."""


class ModelUnreadable(WorkbenchError):
    """A file that holds no model which could become a version."""


class ExportRefused(WorkbenchError):
    """A model has no exact ONNX form here."""


class PromotionRefused(WorkbenchError):
    """A version may not be served."""


class RequestInvalid(WorkbenchError):
    """Rows sent to a model do not fit its signature."""


class NotServed(WorkbenchError):
    """A model is known, but no version of it can answer now."""


class AddressUnusable(WorkbenchError):
    """The endpoint cannot listen where it was told to."""


class Unauthorized(WorkbenchError):
    """A request that shows no key which the endpoint knows."""


class Forbidden(WorkbenchError):
    """A key that opens less than what was asked for."""


class FilesShut(WorkbenchError):
    """Files in a watched folder that cannot be opened; the others were taken in."""


class AlreadyRunning(WorkbenchError):
    """Another process of this project does this work."""
