"""torchvision's VGG and AlexNet, and EnlightenGAN's VGG 16.

The names of torchvision's files end in the first eight digits of their SHA-256.

No scores: what is left of the classifiers here gives no classes.
"""

from ganjax.weights.release import Release, System

SYSTEM = System(
    name="vgg",
    title="VGG and AlexNet",
    paper="arXiv:1409.1556",
    tasks=("features",),
    sources=("pytorch/vision", "VITA-Group/EnlightenGAN"),
)


def _torchvision(name: str, file: str, paper: str = SYSTEM.paper) -> Release:
    """A file of torchvision (torchvision/models/{vgg,alexnet}.py, IMAGENET1K_V1)."""
    return Release(
        name=name,
        system="vgg",
        task="features",
        data="ImageNet",
        licence="BSD-3-Clause",
        paper=paper,
        side=0,
        parts=("features",),
        range=(0.0, 1.0),
        publisher=SYSTEM.sources[0],
        file=file,
        url=f"https://download.pytorch.org/models/{file}",
        sha256=file.rpartition("-")[2].partition(".")[0],
    )


RELEASES = (
    _torchvision("vgg16", "vgg16-397923af.pth"),
    # EnlightenGAN's README links to the file and states no licence for it. Those who pass on the Caffe models
    # of VGG's authors name theirs: Keras (fchollet/deep-learning-models, README.md) the Creative Commons
    # Attribution License, with a link to 4.0, and TF-Slim (nets/vgg.py) "CC-BY-4.0". The authors' own card
    # (gist ksimonyan/211839e770f7b538e2d8) refers to their page, robots.ox.ac.uk/~vgg/research/very_deep.
    Release(
        name="vgg16-caffe",
        system="vgg",
        task="features",
        data="ImageNet",
        licence="CC-BY-4.0",
        paper=SYSTEM.paper,
        side=0,
        parts=("features",),
        range=(0.0, 1.0),
        publisher=SYSTEM.sources[1],
        file="vgg16.weight",
        url="https://drive.google.com/file/d/1IfCeihmPqGWJ0KHmH-mTMi_pn3z3Zo-P/view",
        by_hand=True,
    ),
    _torchvision("vgg19", "vgg19-dcbb9e9d.pth"),
    _torchvision("alexnet", "alexnet-owt-7be5be79.pth", "arXiv:1404.5997"),
)
