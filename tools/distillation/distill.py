"""
Distils a ResNet18 (stem to layer3) into the same shape: see README.md. Resumes from OUT/last.pt; writes OUT/encoder.safetensors (fp16, folded),
OUT/log.jsonl and OUT/used.json.
"""

import argparse
import copy
import hashlib
import json
import math
import os
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

import probe
from network import Network, folded, normalised, open_folded, open_trainable, recalibrate, write_half
from views import Views

LEVELS = 3
# the first batches are not trained on: they give BatchNorm's statistics at the end, and MEASURED of them the targets' mean and deviation
CALIBRATED = 60
MEASURED = 16
WARM_UP = 200


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--teacher", type=Path, required=True, help="safetensors with torchvision's names")
    parser.add_argument("--out", type=Path, required=True, help="folder; an interrupted training in it is continued")
    parser.add_argument("--photographs", type=Path, help="folder of photographs.py; without it drawn pictures alone")
    parser.add_argument("--start", type=Path, help="weights to go on from, with BatchNorm or folded; without: random")
    parser.add_argument("--views", type=int, default=2_000_000, help="views in all; the learning rate falls to 0 over them")
    parser.add_argument("--minutes", type=float, help="end after this time even if fewer views are done; the rate follows the clock")
    parser.add_argument("--drawn", type=int, default=120, help="drawn pictures at a time; every twelfth batch one is replaced")
    parser.add_argument("--side", type=int, default=128)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument("--clip", type=float, default=5, help="largest norm of a step's gradient; the log has median and maximum before it")
    parser.add_argument("--average", type=float, default=0.999, help="decay of the moving average of the weights, per step")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--half", action="store_true", help="bfloat16: several times faster on processors with AMX")
    parser.add_argument("--probe", type=Path, help="folder of products, to probe every hour; see probe.py")
    parser.add_argument("--probe-every", type=float, default=60, help="minutes")
    return parser.parse_args()


def targets(features, scale):
    return [(f.float() - mean) / deviation for f, (mean, deviation) in zip(features, scale)]


def losses(found, wanted):
    """Of each level: mean square error over that of 0, and 1 minus the cosine over channels."""
    out = []
    for a, b in zip(found, wanted):
        square = (a - b).pow(2).mean() / b.pow(2).mean().clamp_min(0.3)
        out.append((square, (1 - F.cosine_similarity(a, b, 1)).mean()))
    return out


class Training:
    def __init__(self, given):
        self.given = given
        torch.set_num_threads(given.threads)
        torch.manual_seed(given.seed)
        self.out = given.out
        self.out.mkdir(parents=True, exist_ok=True)
        self.teacher = open_folded(given.teacher).to(memory_format=torch.channels_last)
        saved = self.saved()
        self.steps = saved["steps"] if saved else 0
        self.seconds = saved["seconds"] if saved else 0.0
        self.views, self.kept = self.begin()
        measured = [self.input(batch) for batch in self.kept[:MEASURED]]
        self.scale = saved["scale"] if saved else self.measure(measured)
        self.net = open_trainable(given.start, measured) if given.start and not saved else Network(True)
        if saved:
            self.net.load_state_dict(saved["net"])
        self.net.to(memory_format=torch.channels_last)
        self.average = copy.deepcopy(self.net)
        if saved:
            self.average.load_state_dict(saved["average"])
        self.optimizer = torch.optim.AdamW(self.net.parameters(), lr=given.rate, weight_decay=1e-4)
        if saved:
            self.optimizer.load_state_dict(saved["optimizer"])
        self.best = saved["best"] if saved else None
        self.norms = []

    def saved(self):
        path = self.out / "last.pt"
        return torch.load(path, weights_only=True) if path.exists() else None

    def save(self):
        state = {
            "steps": self.steps,
            "seconds": self.seconds,
            "scale": self.scale,
            "net": self.net.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "best": self.best,
        }
        new = self.out / "last.new.pt"
        torch.save(state, new)
        os.replace(new, self.out / "last.pt")

    def begin(self):
        """The views from where the training stands, and the first ones, which a file keeps for when it is resumed."""
        given, path = self.given, self.out / "first.npy"
        first = CALIBRATED + self.steps if path.exists() else 0
        if self.steps > 0 and first == 0:
            raise SystemExit(f"{path} is missing; restore it, or begin in another folder")
        views = Views(given.photographs, given.seed, given.drawn, first, given.batch, given.side)
        if first == 0:
            np.save(path, np.stack([views.next() for _ in range(CALIBRATED)]))
        return views, np.load(path, mmap_mode="r")

    def input(self, batch):
        return normalised(torch.from_numpy(np.array(batch))).contiguous(memory_format=torch.channels_last)

    def half(self):
        return torch.autocast("cpu", torch.bfloat16, enabled=self.given.half)

    def measure(self, batches):
        """Of each level and channel mean and deviation of the teacher's features."""
        with torch.no_grad():
            features = [self.teacher(batch) for batch in batches]
        levels = [torch.cat([f[level] for f in features]) for level in range(LEVELS)]
        return [(x.mean((0, 2, 3), keepdim=True), x.std((0, 2, 3), keepdim=True) + 1e-2) for x in levels]

    def progress(self):
        done = self.steps * self.given.batch / self.given.views
        return max(done, self.seconds / 60 / self.given.minutes) if self.given.minutes else done

    def step(self, batch):
        given = self.given
        rate = given.rate * min(1, (self.steps + 1) / WARM_UP) * (0.5 + 0.5 * math.cos(math.pi * min(1, self.progress())))
        for group in self.optimizer.param_groups:
            group["lr"] = rate + 1e-6
        x = self.input(batch)
        with self.half():
            with torch.no_grad():
                wanted = self.teacher(x)
            found = self.net(x)
        parts = losses(targets(found, self.scale), targets(wanted, self.scale))
        loss = sum(a + b for a, b in parts)
        self.optimizer.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.net.parameters(), given.clip)
        self.norms.append(norm.item())
        self.optimizer.step()
        self.steps += 1
        decay = min(given.average, (1 + self.steps) / (10 + self.steps))
        with torch.no_grad():
            for mean, value in zip(self.average.parameters(), self.net.parameters()):
                mean.lerp_(value, 1 - decay)
        return rate, [(a.item(), b.item()) for a, b in parts]

    def write(self, name):
        """The averaged weights, their statistics taken anew, folded."""
        net = recalibrate(copy.deepcopy(self.average), (self.input(batch) for batch in self.kept))
        views = self.steps * self.given.batch
        about = {
            "arch": "resnet18 stem+layer1..3, BatchNorm folded, torchvision names",
            "origin": "distilled from torchvision resnet18 IMAGENET1K_V1 on free photographs and drawn pictures",
            "views": f"{views} of {self.given.side}x{self.given.side}",
            "start": self.given.start.name if self.given.start else "random",
            "seed": str(self.given.seed),
        }
        write_half(self.out / name, folded(net), about)

    def judge(self, name):
        """Probes what is written, and keeps the best by the rule of probe.py."""
        found = probe.products(self.out / name, self.given.probe)
        score = probe.score(found)
        self.log({"probe": found, "score": score})
        if self.best is None or score > self.best:
            self.best = score
            os.replace(self.out / name, self.out / "best.safetensors")

    def log(self, line):
        line = {"views": self.steps * self.given.batch, "seconds": round(self.seconds), **line}
        with open(self.out / "log.jsonl", "a") as file:
            file.write(json.dumps(line) + "\n")
        print(json.dumps(line), flush=True)

    def run(self):
        given = self.given
        used = {
            "teacher": hashlib.sha256(given.teacher.read_bytes()).hexdigest(),
            "photographs": self.views.counts,
            "arguments": {k: str(v) for k, v in vars(given).items()},
        }
        (self.out / "used.json").write_text(json.dumps(used, indent=2) + "\n")
        mean, logged, probed = None, time.time(), self.seconds
        while self.progress() < 1:
            begun = time.time()
            rate, parts = self.step(self.views.next())
            self.seconds += time.time() - begun
            flat = torch.tensor(parts)
            mean = flat if mean is None else 0.98 * mean + 0.02 * flat
            if time.time() - logged > 60:
                logged = time.time()
                norms = sorted(self.norms)
                self.norms = []
                self.log({"rate": round(rate, 6), "norm": [round(norms[len(norms) // 2], 4), round(norms[-1], 4)], "loss": [[round(v, 4) for v in level] for level in mean.tolist()]})
                self.save()
            if given.probe and self.seconds - probed > 60 * given.probe_every:
                probed = self.seconds
                self.write("now.safetensors")
                self.judge("now.safetensors")
        self.views.close()
        self.save()
        self.write("encoder.safetensors")
        self.log({"done": True})


if __name__ == "__main__":
    Training(arguments()).run()
