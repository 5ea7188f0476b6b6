"""What an import would do: rows understood, held against the book, judged; nothing is written."""
