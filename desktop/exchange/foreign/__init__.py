"""Workbooks that another program made: headings found, rows told apart, columns mapped."""
