"""Versions and the merge of two offices, pure: no book, no file."""
