"""A trained model as one ONNX graph in double: raw columns in, label and probabilities or a value out."""
