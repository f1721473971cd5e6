"""What a model must not touch is taken out of a text, and put back.

`mask` is the way in; `scanner` knows the order in which the kinds of pieces are looked for, one module each.
"""
