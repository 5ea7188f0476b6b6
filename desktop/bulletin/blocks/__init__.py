"""The blocks of a document set on pages: text, tables, charts, mastheads, frames; and the PDF of
all."""
