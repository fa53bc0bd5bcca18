"""scikit-learn's estimators that make features of columns, and the way back from some."""
