"""SRGAN (Ledig et al. 2017, arXiv:1609.04802)."""
