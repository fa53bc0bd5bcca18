"""A bare echo: reads the body and sends a constant one of the reply's size; the yardstick of an endpoint."""

from __future__ import annotations

import sys
from pathlib import Path

import uvicorn

REPLY = Path(sys.argv[2]).read_bytes()
HEADERS = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(REPLY))]


async def echo(_scope, receive, send):
    """Answers any request."""
    more = True
    while more:
        message = await receive()
        more = message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
    await send({"type": "http.response.body", "body": REPLY})


uvicorn.run(
    echo,
    port=int(sys.argv[1]),
    loop="uvloop",
    http="httptools",
    ws="none",
    lifespan="off",
    log_config=None,
    access_log=False,
)
