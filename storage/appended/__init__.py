"""Files that only grow: lines are appended by one process each, read meanwhile, and sealed to Parquet later."""
