"""LightGBM's models: read from their text, written as one exact ensemble."""
