"""PGAN: progressive growing of GANs (Karras et al. 2018, arXiv:1710.10196)."""
