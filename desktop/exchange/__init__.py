"""Exchange by workbook: what offices and units trade in Excel, WPS or LibreOffice, merged so that
no edit is lost.

Imports ``db`` only: no Qt, no PDF."""
