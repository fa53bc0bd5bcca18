"""Where the endpoint listens, and how many connections the machine lets it have."""

from __future__ import annotations

import resource
import socket

from workbench.errors import AddressUnusable

BACKLOG = 2048
RESERVED_FILES = 200
"""Files that a process needs besides its connections: catalog, logs, libraries."""


def listen(host: str, port: int, *, is_shared: bool = False) -> socket.socket:
    """A socket at an address, which accepts nothing before a server takes it over.

    Args:
        host: An address of this machine, or a name of one.
        port: 0: a free one.
        is_shared: Whether others of this program will listen at the same address.

    Raises:
        AddressUnusable: The port is taken, or the host is not one of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if is_shared:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind((host, port))
        listener.setblocking(False)  # noqa: FBT003 - the library's own signature
    except (OSError, OverflowError) as error:
        listener.close()
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise AddressUnusable(
            f"The endpoint cannot listen on {host} port {port}: {reason}.",
            "Choose another with `workbench serve --port N` or in [serve] of workbench.toml; 0 is a free one.",
        ) from error
    return listener


def address_of(listener: socket.socket) -> str:
    """Where a program on this machine reaches `listener`."""
    host, port = listener.getsockname()[:2]
    if host in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        host = "127.0.0.1" if host == "0.0.0.0" else "::1"  # noqa: S104
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def most_connections() -> int:
    """How many connections this process may have, once its own limit is what the system allows."""
    files = _most_files()
    return max(files - RESERVED_FILES - backlog(), files // 2)


def backlog() -> int:
    """How many callers the kernel may keep waiting: all of them may be taken in at once."""
    return min(BACKLOG, _most_files() // 4)


def _most_files() -> int:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return 1 << 20 if hard == resource.RLIM_INFINITY else hard
