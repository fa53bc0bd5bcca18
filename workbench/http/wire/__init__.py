"""The short way of a request: single rows, answered where their bytes come in."""
