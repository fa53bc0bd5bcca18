"""What holds for all tests."""

from __future__ import annotations

from hypothesis import settings

# The same examples each time: what fails is the change that is tested. `just explore` looks for others.
# No deadlines: how long an example takes, the machine's other work decides.
settings.register_profile("same", derandomize=True, deadline=None, print_blob=True)
settings.register_profile("new", deadline=None, print_blob=True)
settings.load_profile("same")
