"""Weight files: reading what others published, writing our own. Floor 1."""
