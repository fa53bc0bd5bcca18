"""The endpoint's processes: how they start, listen, share a port, and end."""
