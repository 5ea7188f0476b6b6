"""The record book: what a record is, how it is kept, changed, merged and counted. No Qt, no Excel,
no PDF."""
