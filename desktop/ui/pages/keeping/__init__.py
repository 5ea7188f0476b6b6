"""Pages of looking after the office: its books, settings, ledgers, and the manual."""
