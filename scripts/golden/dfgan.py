"""Makes tests/golden/dfgan*: a file of narrow networks of tobran/DF-GAN, and what these networks give.

    python scripts/golden/dfgan.py --reference PATH

Needs PyTorch, and a checkout of tobran/DF-GAN at PATH, whose classes are run. The losses are written out as
in its train step (code/lib/modules.py), which needs a GPU.
"""

import argparse
import pathlib
import sys

import torch
from srgan_tools import pictures, randomise, save, write

SIDE, LATENT, CONDITION, WIDTH = 32, 5, 6, 2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reference", required=True, help="checkout of tobran/DF-GAN")
    sys.path.insert(0, str(pathlib.Path(parser.parse_args().reference) / "code"))
    from models.GAN import NetC, NetD, NetG

    torch.manual_seed(0)
    generator = randomise(NetG(WIDTH, LATENT, CONDITION, SIDE, 3))
    eye, judgement = randomise(NetD(WIDTH, SIDE, 3)), randomise(NetC(WIDTH, CONDITION))
    with torch.no_grad():
        for name, tensor in generator.named_parameters():
            if name.endswith("linear2.bias") and "gamma" in name:
                tensor += 1
        generator.to_rgb[1].weight *= 0.02  # features grow from block to block without norms
        for block in eye.DBlocks:
            block.gamma.uniform_(0.3, 0.9)
        judgement.joint_conv[2].weight *= 0.7
    networks = {"netG": generator, "netD": eye, "netC": judgement}
    optimiser = torch.optim.Adam(judgement.parameters())
    real = (pictures(3, SIDE, SIDE) - 0.5).requires_grad_()
    z, sentence = torch.randn(3, LATENT), torch.randn(3, CONDITION).requires_grad_()

    fake = generator(z, sentence.detach())
    features = eye(real)
    matched, mismatched = judgement(features, sentence), judgement(features.roll(-1, 0), sentence)
    generated = judgement(eye(fake.detach()), sentence)
    slopes = torch.autograd.grad(matched.sum(), (real, sentence), create_graph=True)
    norm = torch.cat([slope.flatten(1) for slope in slopes], 1).norm(dim=1)
    penalty = 2 * (norm**6).mean()
    wrong = (torch.relu(1 + generated).mean() + torch.relu(1 + mismatched).mean()) / 2
    d_loss = torch.relu(1 - matched).mean() + wrong + penalty
    d_weights = [eye.conv_img.weight, eye.DBlocks[1].gamma, judgement.joint_conv[0].weight]
    d_gradients = torch.autograd.grad(d_loss, d_weights)
    g_loss = -judgement(eye(fake), sentence.detach()).mean()
    g_weights = [generator.fc.weight, generator.GBlocks[1].fuse2.affine1.fc_gamma.linear1.weight]
    g_gradients = torch.autograd.grad(g_loss, g_weights)
    heads = ("conv_img", "gamma", "joint_conv", "fc", "linear1")
    save(
        "dfgan",
        {
            # As a run on several devices writes them.
            "model": {
                name: {f"module.{key}": value for key, value in network.state_dict().items()}
                for name, network in networks.items()
            },
            "optimizers": {"optimizer_D": optimiser.state_dict()},
            "epoch": 3,
        },
    )
    write(
        "dfgan",
        {
            "x_real": real.detach() + 0.5,
            "z": z,
            "sentence": sentence,
            "images": fake,
            "features": features,
            "matched": matched.flatten(),
            "mismatched": mismatched.flatten(),
            "generated": generated.flatten(),
            "penalty": penalty,
            "d_loss": d_loss,
            "g_loss": g_loss,
            **{f"by_{head}": g for head, g in zip(heads, d_gradients + g_gradients, strict=True)},
        },
    )


if __name__ == "__main__":
    main()
