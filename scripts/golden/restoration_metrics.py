"""Makes tests/golden/restoration_{metrics,losses}.npz: what the code of the authors computes.

    python scripts/golden/restoration_metrics.py --basicsr DIR --srgan DIR --enlightengan DIR --lpips DIR

The directories are checkouts of
    https://github.com/XPixelGroup/BasicSR (commit 8d56e3a): metrics, imresize, pixel and perceptual losses;
    https://github.com/leftthomas/SRGAN (commit 7ddfdf2): SSIM with zero padding, the loss of the generator;
    https://github.com/VITA-Group/EnlightenGAN (commit b034984): the loss of the generator;
    https://github.com/richzhang/PerceptualSimilarity (commit 082bb24): LPIPS.
Needs PyTorch, SciPy and OpenCV. Images are smooth noise. Where the references ask torchvision for a trained
classifier, a few random layers stand in: the losses are functions of features.
"""

import argparse
import importlib
import math
import pathlib
import sys
import types

import numpy as np
import scipy.ndimage
import torch

TARGET = pathlib.Path(__file__).parents[2] / "tests/golden"
SEED = 20171109
CROP = 3
PLACES = ((0, 3), (4, 1), (7, 9))
SIDE = 10


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for name in ("basicsr", "srgan", "enlightengan", "lpips"):
        parser.add_argument(f"--{name}", type=pathlib.Path, required=True)
    given = parser.parse_args()
    torch.manual_seed(SEED)
    random = np.random.RandomState(SEED)
    stand_in("torchvision", "torchvision.models", "torchvision.models.vgg")
    # The packages are entered without their __init__, which would load all networks and their dependencies.
    for name in ("", ".metrics", ".utils", ".losses", ".archs"):
        package(f"basicsr{name}", given.basicsr / f"basicsr{name}".replace(".", "/"))
    color = importlib.import_module("basicsr.utils.color_util")
    sys.modules["basicsr.utils"].bgr2ycbcr = color.bgr2ycbcr
    scores = metrics(random) | srgan_ssim(random, given.srgan) | lpips(random, given.lpips)
    save("restoration_metrics", scores)
    losses = basicsr_losses() | srgan_loss(given.srgan) | enlighten(given.enlightengan)
    save("restoration_losses", losses)


def metrics(random: np.random.RandomState) -> dict[str, np.ndarray]:
    psnr_ssim = importlib.import_module("basicsr.metrics.psnr_ssim")
    niqe = importlib.import_module("basicsr.metrics.niqe")
    resize = importlib.import_module("basicsr.utils.matlab_functions").imresize

    targets = smooth(random, 2, 22, 27)
    outputs = np.clip(np.rint(targets + random.normal(0, 9, targets.shape)), 0, 255).astype(np.uint8)
    found: dict[str, np.ndarray] = {"targets": targets, "outputs": outputs}
    for crop in (0, CROP):
        for channel in ("rgb", "y"):
            for name in ("psnr", "ssim"):
                score = getattr(psnr_ssim, f"calculate_{name}")
                found[f"{name}_{channel}_crop{crop}"] = np.array(
                    [
                        score(a[..., ::-1], b[..., ::-1], crop, test_y_channel=channel == "y")
                        for a, b in zip(outputs, targets, strict=True)
                    ]
                )
    image = (targets[0] / 255).astype(np.float32)
    found |= {f"imresize_{n}_{d}": resize(image, n / d) for n, d in ((1, 4), (1, 2), (2, 3))}
    found |= {f"imresize_{n}_{d}": resize(image[:9, :11], n / d) for n, d in ((2, 1), (3, 1))}
    found["imresize_narrow_1_2"] = resize(image, 0.5, antialiasing=False)

    # Few grey values and one plane for all channels take little room.
    plane = smooth(random, 1, 100, 200)[0, ..., 0] // 8 * 8
    large = np.stack([plane, plane[::-1], plane[:, ::-1]], -1)
    found["niqe_plane"] = plane
    for name, convert in (("y", "y"), ("grey", "gray")):
        found[f"niqe_{name}"] = niqe.calculate_niqe(large[..., ::-1], 0, convert_to=convert)
    found["niqe_y_crop2"] = niqe.calculate_niqe(large[..., ::-1], 2)
    return found


def srgan_ssim(random: np.random.RandomState, folder: pathlib.Path) -> dict[str, np.ndarray]:
    sys.path.insert(0, str(folder))
    ssim = importlib.import_module("pytorch_ssim").ssim
    targets = smooth(random, 2, 13, 9) / np.float32(255)
    outputs = np.clip(targets + random.normal(0, 0.05, targets.shape), 0, 1).astype(np.float32)
    each = [ssim(nchw(a[None]), nchw(b[None])).item() for a, b in zip(outputs, targets, strict=True)]
    return {"padded_targets": targets, "padded_outputs": outputs, "ssim_rgb_padded": np.array(each)}


def lpips(random: np.random.RandomState, folder: pathlib.Path) -> dict[str, np.ndarray]:
    sys.path.insert(0, str(folder))
    sys.modules["lpips.trainer"] = types.ModuleType("lpips.trainer")  # asks for more packages
    reference = importlib.import_module("lpips")
    found = {"lpips_targets": smooth(random, 2, 12, 16), "lpips_outputs": smooth(random, 2, 12, 16)}
    for ours, theirs in (("alexnet", "alex"), ("vgg16", "vgg")):

        class Trunk(torch.nn.Module):
            """Each layer: the mean of 2 x 2 pixels, mixed into as many channels as it has, and ReLU."""

            def __init__(self, **_: object) -> None:
                super().__init__()

            def forward(self, x: torch.Tensor, name: str = ours) -> list[torch.Tensor]:
                x = torch.nn.functional.avg_pool2d(x, 2)
                mixes = [torch.tensor(found[f"lpips_{name}_mix{i}"]).float() for i in range(5)]
                return [torch.einsum("nchw,cd->ndhw", x, mix).relu() for mix in mixes]

        widths = {"alex": (64, 192, 384, 256, 256), "vgg": (64, 128, 256, 512, 512)}[theirs]
        for i, width in enumerate(widths):
            found[f"lpips_{ours}_mix{i}"] = random.randint(-2, 3, (3, width)).astype(np.int8)
        setattr(reference.pn, {"alex": "alexnet", "vgg": "vgg16"}[theirs], Trunk)
        net = reference.LPIPS(net=theirs, verbose=False)
        pair = (nchw(found[f"lpips_{side}"]) / 255 for side in ("outputs", "targets"))
        with torch.no_grad():
            found[f"lpips_{ours}"] = net(*pair, normalize=True).reshape(-1).numpy()
    return found


def basicsr_losses() -> dict[str, np.ndarray]:
    sys.modules["basicsr.archs.vgg_arch"] = types.ModuleType("basicsr.archs.vgg_arch")
    extractor = sys.modules["basicsr.archs.vgg_arch"]
    extractor.VGGFeatureExtractor = None
    losses = importlib.import_module("basicsr.losses.basic_loss")

    outputs, targets = (torch.rand(2, 3, 12, 15).half().float() for _ in range(2))
    first, second = torch.nn.Conv2d(3, 4, 3), torch.nn.Conv2d(4, 5, 3)

    def classify(x: torch.Tensor) -> dict[str, torch.Tensor]:
        x = first(x)
        return {"one": x, "two": second(x.relu())}

    losses.VGGFeatureExtractor = lambda **_: classify
    weights = {"one": 0.1, "two": 1.0}
    found = {"outputs": nhwc(outputs), "targets": nhwc(targets), "weights": np.array([*weights.values()])}
    found |= {f"kernel{i}": kernel(layer) for i, layer in enumerate((first, second), 1)}
    found |= {f"bias{i}": layer.bias.detach().numpy() for i, layer in enumerate((first, second), 1)}
    for name, loss in (
        ("l1", losses.L1Loss()),
        ("l2", losses.MSELoss()),
        ("charbonnier", losses.CharbonnierLoss()),
        ("perceptual_l1", lambda a, b: losses.PerceptualLoss(weights)(a, b)[0]),
        ("perceptual_l2", lambda a, b: losses.PerceptualLoss(weights, criterion="l2")(a, b)[0]),
    ):
        found |= value_and_gradient(name, lambda x, loss=loss: loss(x, targets), outputs)
    return found


def srgan_loss(folder: pathlib.Path) -> dict[str, np.ndarray]:
    sys.path.insert(0, str(folder))
    layer = torch.nn.Conv2d(3, 4, 3)
    layers = [layer, torch.nn.ReLU(), torch.nn.MaxPool2d(2)]
    sys.modules["torchvision.models.vgg"].vgg16 = lambda **_: types.SimpleNamespace(features=layers)
    loss = importlib.import_module("loss").GeneratorLoss()
    outputs, targets = (torch.rand(2, 3, 12, 15).half().float() for _ in range(2))
    scores = torch.randn(2)
    found = {"srgan_outputs": nhwc(outputs), "srgan_targets": nhwc(targets), "srgan_scores": scores.numpy()}
    found |= {"srgan_kernel": kernel(layer), "srgan_bias": layer.bias.detach().numpy()}
    found["srgan_variation"] = loss.tv_loss(outputs).numpy()
    return found | value_and_gradient(
        "srgan", lambda x: loss(torch.sigmoid(scores).mean(), x, targets), outputs
    )


def enlighten(folder: pathlib.Path) -> dict[str, np.ndarray]:
    """`backward_G` of the reference with the options of scripts/script.py and small networks."""
    sys.path.insert(0, str(folder))
    stand_in("lib", "lib.nn")
    sys.modules["lib.nn"].SynchronizedBatchNorm2d = None
    networks = importlib.import_module("models.networks")
    model = importlib.import_module("models.single_model").SingleModel()
    whole, local, classifier = (torch.nn.Conv2d(3, n, 3, stride=2) for n in (1, 1, 6))
    fake, real, dark = (torch.rand(2, 3, 20, 24).half().float() * 2 - 1 for _ in range(3))
    model.opt = types.SimpleNamespace(
        use_wgan=0, use_ragan=True, hybrid_loss=True, patchD=True, patchD_3=len(PLACES) - 1, D_P_times2=False,
        vgg=1, patch_vgg=True, IN_vgg=False, no_vgg_instance=False, vgg_mean=False,
    )  # fmt: skip
    model.netD_A, model.netD_P = whole, local
    model.vgg = lambda x, _: classifier(x / 255).relu()
    model.vgg_loss = networks.PerceptualLoss(model.opt)
    model.criterionGAN = networks.GANLoss(use_lsgan=True)
    model.real_A, model.real_B, model.fake_B = dark, real, fake.clone().requires_grad_()

    def cut(images: torch.Tensor) -> list[torch.Tensor]:
        return [images[..., y : y + SIDE, x : x + SIDE] for y, x in PLACES]

    (model.fake_patch, *model.fake_patch_1) = cut(model.fake_B)
    (model.input_patch, *model.input_patch_1) = cut(dark)
    model.backward_G(0)
    named = {"whole": whole, "local": local, "classifier": classifier}
    found = {"fake": fake, "real": real, "dark": dark}
    return (
        {f"enlighten_{name}": nhwc(images) for name, images in found.items()}
        | {f"enlighten_{name}_kernel": kernel(layer) for name, layer in named.items()}
        | {f"enlighten_{name}_bias": layer.bias.detach().numpy() for name, layer in named.items()}
        | {
            "enlighten_places": np.array(PLACES),
            "enlighten_side": np.array(SIDE),
            "enlighten": model.loss_G.detach().numpy(),
            "enlighten_adversarial": model.loss_G_A.detach().numpy(),
            "enlighten_content": model.loss_vgg_b.detach().numpy(),
            "enlighten_gradient": nhwc(model.fake_B.grad),
        }
    )


def value_and_gradient(name: str, loss: object, x: torch.Tensor) -> dict[str, np.ndarray]:
    x = x.clone().requires_grad_()
    value = loss(x)
    value.backward()
    return {name: value.detach().numpy(), f"{name}_gradient": nhwc(x.grad)}


def smooth(random: np.random.RandomState, n: int, height: int, width: int) -> np.ndarray:
    """Images [n, height, width, 3] uint8 with detail of all sizes, as photographs have."""
    noise = random.randn(n, height, width, 3)
    layers = [scipy.ndimage.gaussian_filter(noise, (0, sigma, sigma, 0)) * sigma for sigma in (0.5, 1, 2, 4)]
    total = np.sum(layers, 0)
    return np.clip(np.rint(128 + 48 * total / total.std()), 0, 255).astype(np.uint8)


def nchw(images: np.ndarray) -> torch.Tensor:
    return torch.tensor(images).movedim(-1, 1).float()


def nhwc(images: torch.Tensor) -> np.ndarray:
    return images.detach().movedim(1, -1).numpy()


def kernel(layer: torch.nn.Conv2d) -> np.ndarray:
    return layer.weight.detach().permute(2, 3, 1, 0).numpy()


def stand_in(*names: str) -> None:
    for name in names:
        module = sys.modules.setdefault(name, types.ModuleType(name))
        parent, _, child = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], child, module)
    sys.modules.get("torchvision.models.vgg", types.ModuleType("none")).vgg16 = None


def package(name: str, folder: pathlib.Path) -> None:
    module = sys.modules[name] = types.ModuleType(name)
    module.__path__ = [str(folder)]


def save(name: str, arrays: dict[str, np.ndarray]) -> None:
    path = TARGET / f"{name}.npz"
    single = {key: np.asarray(value) for key, value in arrays.items()}
    assert all(math.isfinite(float(np.sum(value))) for value in single.values())
    np.savez_compressed(path, **single)
    print(path, path.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
