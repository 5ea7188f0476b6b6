"""Entries for single values, by field type: typed, dated, picked."""
