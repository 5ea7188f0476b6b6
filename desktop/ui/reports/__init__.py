"""The forms in which an office changes its reports."""
