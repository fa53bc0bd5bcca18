"""How near rows are to known points: distances, kernels, searches."""
