"""What a record is: declarations, field types, dates and records, as data and pure functions."""
