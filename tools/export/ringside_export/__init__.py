"""Ringside's exporter: pickles and a sample of raw rows in, a proven bundle directory out.

It runs where the model was trained, because only there the pickled objects can say what they compute. The engine never
sees a pickle. `export.export_bundle` is the whole story, top to bottom; every other module is one of its steps.
"""
