"""
Nearest-neighbour probe of an encoder: image and pixel AU-ROC on products in MVTec's layout. Usage: probe.py PRODUCTS weights.safetensors...

Pictures at 256x256; features: layer2, and layer3 at its size, 3x3 averages; bank: 8,000 random patches of at most 60 good pictures; at most
60 test pictures; score: the largest distance; every fourth pixel. The weights are taken as they are in the file, so fp16 rounding counts.
"""

import json
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image

from network import normalised, open_folded

SIZE, PATCHES, GOOD, TESTS = 256, 8000, 60, 60
# shared products: the rule may see these alone, so that others are left to judge the result by
SHARED = ("bottle", "hazelnut", "tire")


def auroc(labels, scores):
    """Share of pairs of a positive and a negative in the right order, ties half."""
    labels = np.asarray(labels, bool)
    values, inverse, counts = np.unique(np.asarray(scores), return_inverse=True, return_counts=True)
    rank = (np.cumsum(counts) - (counts - 1) / 2)[inverse]
    positive, negative = int(labels.sum()), int((~labels).sum())
    return float((rank[labels].sum() - positive * (positive + 1) / 2) / (positive * negative))


def pictures(files):
    read = [np.asarray(Image.open(f).convert("RGB").resize((SIZE, SIZE), Image.Resampling.BILINEAR)) for f in files]
    return normalised(torch.from_numpy(np.stack(read)).permute(0, 3, 1, 2))


def patches(net, x):
    with torch.no_grad():
        _, b, c = net(x)
        up = F.interpolate(F.avg_pool2d(c, 3, 1, 1), size=b.shape[-2:], mode="bilinear")
        f = torch.cat([F.avg_pool2d(b, 3, 1, 1), up], 1)
    return f.permute(0, 2, 3, 1).reshape(len(x), -1, f.shape[1])


def product(net, folder):
    """Image and pixel AU-ROC of one product."""
    torch.manual_seed(0)
    good = sorted((folder / "train" / "good").iterdir())[:GOOD]
    bank = torch.cat([patches(net, pictures(good[i : i + 10])).flatten(0, 1) for i in range(0, len(good), 10)])
    bank = bank[torch.randperm(len(bank))[:PATCHES]]
    tests = sorted((folder / "test").glob("*/*"))
    if len(tests) > TESTS:
        tests = [tests[i] for i in np.linspace(0, len(tests) - 1, TESTS).astype(int)]
    scores, labels, pixels, truth = [], [], [], []
    for file in tests:
        near = torch.cdist(patches(net, pictures([file]))[0], bank).min(1).values.reshape(1, 1, SIZE // 8, SIZE // 8)
        heat = F.interpolate(near, size=(SIZE, SIZE), mode="bilinear")[0, 0].numpy()
        kind, mask = file.parent.name, np.zeros((SIZE, SIZE), bool)
        if kind != "good":
            path = next((folder / "ground_truth" / kind).glob(f"{file.stem}*"))
            mask = np.asarray(Image.open(path).convert("L").resize((SIZE, SIZE), Image.Resampling.NEAREST)) > 127
        scores.append(heat.max())
        labels.append(kind != "good")
        pixels.append(heat.ravel()[::4])
        truth.append(mask.ravel()[::4])
    return auroc(labels, scores), auroc(np.concatenate(truth), np.concatenate(pixels))


def products(weights, folder):
    """{product: [image, pixel]} of the shared products in `folder`."""
    net = open_folded(weights)
    return {name: product(net, folder / name) for name in SHARED if (folder / name).exists()}


def score(found):
    """The rule, fixed before any training: mean of all image and pixel AU-ROCs, pixels doubled, as they depend less on single pictures."""
    images, pixels = zip(*found.values())
    return float(np.mean(images) + 2 * np.mean(pixels)) / 3


if __name__ == "__main__":
    if len(sys.argv) < 3:
        raise SystemExit("usage: probe.py PRODUCTS weights.safetensors...")
    for weights in sys.argv[2:]:
        found = products(Path(weights), Path(sys.argv[1]))
        for name, (image, pixel) in found.items():
            print(f"{Path(weights).name} {name} image {image:.3f} pixel {pixel:.3f}", flush=True)
        print(json.dumps({"weights": Path(weights).name, "score": round(score(found), 4)}), flush=True)
