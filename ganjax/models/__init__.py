"""The systems, a folder each with the same file names, and their list."""
