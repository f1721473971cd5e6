"""Replaces the protected pieces of a text (code, links, formulas, ...) with placeholders, and restores them.

Start with `mask.py`. Each kind of piece has a module; `scanner.py` calls them in order.
"""
