"""DF-GAN (Tao et al. 2022, arXiv:2008.05865): pictures of a sentence."""
