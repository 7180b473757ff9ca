"""Makes tests/golden/srgan*: files of narrow networks of leftthomas/SRGAN, and what these networks give.

    python scripts/golden/srgan.py --reference PATH

Needs PyTorch, and a checkout of leftthomas/SRGAN at PATH, whose classes are run with a sixteenth of their
channels. The older code is commit b0323c6, where the seventh block ends in a PReLU.
"""

import argparse
import sys

import torch
from srgan_tools import pictures, randomise, save, write


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--reference", required=True, help="checkout of leftthomas/SRGAN")
    sys.path.insert(0, parser.parse_args().reference)
    import model

    class Narrow:
        """torch.nn with fewer channels."""

        def __getattr__(self, name: str) -> object:
            return getattr(torch.nn, name)

        @staticmethod
        def Conv2d(inputs: int, outputs: int, **settings: object) -> torch.nn.Module:
            return torch.nn.Conv2d(narrow(inputs), narrow(outputs), **settings)

        @staticmethod
        def BatchNorm2d(channels: int) -> torch.nn.Module:
            return torch.nn.BatchNorm2d(narrow(channels))

    model.nn = Narrow()
    torch.manual_seed(0)
    small, large = pictures(2, 9, 7), pictures(3, 20, 17)
    generator = randomise(model.Generator(2))
    older = model.Generator(4)
    older.block7[1] = torch.nn.PReLU()
    randomise(older)
    discriminator = randomise(model.Discriminator())
    save("srgan_x2", generator.state_dict())
    save("srgan_x4_2018", older.state_dict(), legacy=True)
    save("srgan_discriminator", discriminator.state_dict())
    outputs = {
        "x_small": small,
        "x_large": large,
        "x2": generator(small),
        "x4_2018": older(small),
        "scores": torch.logit(discriminator(large)),
        "probabilities": discriminator(large),
        "x2_train": generator.train()(small),
        "x2_train_var": generator.block2.bn2.running_var,
        "scores_train": discriminator.train().net(large)[:, 0, 0, 0],
        "scores_train_mean": discriminator.net[21].running_mean,
        "scores_train_var": discriminator.net[21].running_var,
    }
    write("srgan", outputs)


def narrow(channels: int) -> int:
    """A sixteenth of the channels of features; pictures and scores keep theirs."""
    return channels // 16 if channels > 3 else channels


if __name__ == "__main__":
    main()
