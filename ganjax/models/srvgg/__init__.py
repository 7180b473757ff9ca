"""SRVGG, the compact network of Real-ESRGAN (Wang et al. 2021, arXiv:2107.10833)."""
