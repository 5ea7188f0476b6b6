"""Workbooks in the window: export, what goes back to the sender, other offices, history."""
