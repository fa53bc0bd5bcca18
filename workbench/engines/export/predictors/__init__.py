"""scikit-learn's estimators that answer: classifiers, regressors, outlier detectors."""
