"""The models that can be exported: one interface (model.py), an implementation a library, found by opening.py."""
