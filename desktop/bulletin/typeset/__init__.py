"""Chinese lines on the grid of GB/T 9704: characters, faces, line breaking, pages."""
