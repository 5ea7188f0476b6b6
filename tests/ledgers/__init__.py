"""Ledgers as offices make them, each with its truth, and what the program makes of them."""
