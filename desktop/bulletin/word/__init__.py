"""The second writer: documents as .docx, with the styles, real tables and fields that people
edit."""
