"""The form of a workbook: hidden manifest, columns, cells, styles; and what a book keeps of it."""
