"""Lists of a ledger: rows by the million, columns, filters, pasting."""
