"""Pure rules and statistics: values in, values out; no clock, file, SQL or random state of their own."""

from __future__ import annotations
