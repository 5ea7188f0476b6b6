"""Bulletins in the window."""
