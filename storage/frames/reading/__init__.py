"""Files of rows as they come, read into Parquet with the types of their dataset.

`delimited`, `json_lines` and `columnar` each read one format; `intake` is what they share and `streams` gives
them bytes. How a text file is written is found in `encodings`, `dialect` and `inference`; `evolution` says what
becomes of other columns than the dataset's, `values` how a text becomes a value, and `names` what the columns
are called. A text file is read in one pass; where that fails, `lines` cuts it into lines, `fitting` reads those
that are rows, and `rejects` keeps the others. `doubts` looks at what was read.
"""
