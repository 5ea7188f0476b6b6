"""Backups, restoring, the recovery key and the check of the book in the window."""
