"""EnlightenGAN: brightens dark photographs (Jiang et al. 2021, arXiv:1906.06972)."""
