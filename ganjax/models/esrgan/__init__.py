"""ESRGAN and Real-ESRGAN (Wang et al. 2018, arXiv:1809.00219; 2021, arXiv:2107.10833)."""
