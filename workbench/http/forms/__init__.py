"""The ways of asking: what a body says, and how it is answered."""
