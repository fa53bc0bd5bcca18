"""Models that were made elsewhere: opened from their files, and turned into graphs of our form.

`opening` knows the kinds of files; `boosters`, `estimators` and `graphs` each know one kind of model. `onnx_files`
looks at a graph as it came, and `wrapping` puts ours around it.
"""
