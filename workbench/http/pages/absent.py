"""What other servers of the protocol offer and this one does not, said so that its caller can go on."""

from __future__ import annotations

import re

_ABSENT = {
    r"/v2/repository/.*": (
        "The endpoint has no model repository: it follows the aliases of the project. "
        "Use `workbench model promote` or `workbench serve route`."
    ),
    r"/v2/(system|cuda)sharedmemory(/.*)?": (
        "Shared memory is not offered. Send tensors in the body, as binary data if they are large."
    ),
    r"/v2/models/.+/config": (
        "A model has no configuration here. Its metadata is at the same path without /config."
    ),
    r"/v2/(models/.+/)?trace/setting": "Tracing is not offered. Figures are at /metrics.",
    r"/v2/logging": "The log's settings are in [serve] of workbench.toml, not here.",
    r"/v2/models/.+/generate(_stream)?": (
        "Models here answer rows and generate nothing. Ask at the same path with /infer."
    ),
}
_PATHS = tuple((re.compile(path, re.DOTALL), text) for path, text in _ABSENT.items())


def why(path: str) -> str:
    """What to say to who asks at `path`; empty: nothing that is known to be absent."""
    return next((text for known, text in _PATHS if known.fullmatch(path)), "")
