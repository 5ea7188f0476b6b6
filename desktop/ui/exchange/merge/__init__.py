"""The merge view: what workbooks would change, decided before anything is written."""
