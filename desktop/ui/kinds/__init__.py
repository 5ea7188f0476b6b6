"""The dialogs in which an office makes ledgers and fields."""
