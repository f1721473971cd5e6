"""Glossator answers a reader's questions from one book and shows the passages that prove each answer."""
