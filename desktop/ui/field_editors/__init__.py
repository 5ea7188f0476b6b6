"""What a field is typed with, by its type: texts, dates, choices; the registry says which."""
