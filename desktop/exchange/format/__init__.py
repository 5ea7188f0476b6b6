"""The form of a workbook: hidden manifest, columns, cells, styles, and the plan of an import as
data."""
