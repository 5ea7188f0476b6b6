"""Declared figures counted: the one place that numbers come from."""
