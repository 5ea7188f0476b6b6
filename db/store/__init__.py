"""How records are kept: the encrypted file, transactions, journal, tables, queries and full-text
search."""
