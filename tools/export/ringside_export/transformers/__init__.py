"""What each fitted transformer of scikit-learn does to a block of columns, as steps of preprocess.json."""
