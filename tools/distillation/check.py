"""Checks this tool without a teacher's file, in about a minute: `python3 check.py`. Exits with 1 and a sentence where something is wrong."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

import drawn
import probe
from network import Network, folded, normalised, open_folded, open_trainable, read, recalibrate

HERE = Path(__file__).parent


def require(fact, sentence):
    if not fact:
        raise SystemExit(f"check: {sentence}")


def trained(folder):
    """Weights with BatchNorm whose statistics are those of noise."""
    torch.manual_seed(1)
    net = recalibrate(Network(True), [torch.randn(8, 3, 64, 64) for _ in range(4)])
    save_file(net.state_dict(), folder / "norm.safetensors")
    save_file(folded(net), folder / "folded.safetensors")
    return net


def distil(folder, out, views, *more):
    command = [sys.executable, HERE / "distill.py", "--teacher", folder / "folded.safetensors", "--out", out]
    command += ["--drawn", "4", "--side", "64", "--batch", "4", "--views", str(views), *more]
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
    require(done.returncode == 0, f"distill.py failed: {done.stderr[-500:]}")


with tempfile.TemporaryDirectory() as name:
    folder = Path(name)
    same = [drawn.draw(np.random.default_rng([1, 1, 5])) for _ in range(2)]
    require((same[0] == same[1]).all(), "a drawn picture depends on more than its seed")
    require(abs(probe.auroc([0, 0, 1, 1], [1, 3, 2, 4]) - 0.75) < 1e-9, "the AU-ROC of three of four pairs is not 0.75")

    net = trained(folder)
    x = torch.randn(2, 3, 64, 64)
    wanted = net(x)
    close = lambda a, b: all(torch.allclose(p, q, rtol=1e-3, atol=1e-3) for p, q in zip(a, b))
    require(close(open_folded(folder / "folded.safetensors")(x), wanted), "folding changes the features")
    require(close(open_folded(folder / "norm.safetensors")(x), wanted), "a file with BatchNorm is read to other features")
    batches = [normalised(torch.randint(0, 256, (4, 3, 64, 64), dtype=torch.uint8)) for _ in range(3)]
    again = open_trainable(folder / "folded.safetensors", batches).eval()
    require(close(again(x), wanted), "BatchNorm made anew from folded weights changes the features")

    distil(folder, folder / "whole", 16)
    tensors, about = read(folder / "whole" / "encoder.safetensors")
    require(len(tensors) == 30 and about["views"].startswith("16 of 64x64"), "the written file is not complete")
    used = json.loads((folder / "whole" / "used.json").read_text())
    require(len(used["teacher"]) == 64, "used.json does not name the teacher")
    first = torch.load(folder / "whole" / "last.pt", weights_only=True)
    distil(folder, folder / "whole", 24)
    second = torch.load(folder / "whole" / "last.pt", weights_only=True)
    require((first["steps"], second["steps"]) == (4, 6), "a training is not resumed where it stopped")
    distil(folder, folder / "more", 8, "--start", folder / "whole" / "encoder.safetensors")
print("check: all is well")
