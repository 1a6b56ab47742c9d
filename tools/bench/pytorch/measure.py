"""Checks PyTorch's network against a model file's results and times it.

usage: python3 measure.py FOLDER [NAME...] [--repeats N]

FOLDER holds NAME.safetensors, a model, and NAME.case.safetensors: `image`, its `map`, `batch`, the `loss` and the `gradNorm` of one
step on it, for each NAME on the command line. One line of JSON for each: errors relative to the largest, times in milliseconds. Without PyTorch
or a C++ compiler one line that says so.
"""

import argparse
import json
import os
import struct
import sys
import time

try:
    import torch
except ImportError:
    print(json.dumps({"missing": "python3 has no module torch"}))
    sys.exit(0)

try:
    from network import Network, anomaly_map, levels_of, loss_of
except FileNotFoundError as error:
    print(json.dumps({"missing": f"the scan needs a C++ compiler, {error.filename} was not found; set CXX"}))
    sys.exit(0)


def read_safetensors(path):
    with open(path, "rb") as file:
        data = bytearray(file.read())
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    metadata = header.pop("__metadata__", {})
    tensors = {}
    for name, entry in header.items():
        first, last = (8 + length + x for x in entry["data_offsets"])
        assert entry["dtype"] == "F32", name
        tensors[name] = torch.frombuffer(data[first:last], dtype=torch.float32).view(entry["shape"])
    return tensors, metadata


def timed(repeats, work):
    work()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - start))
    times.sort()
    return {"min": times[0], "median": times[len(times) // 2], "max": times[-1]}


def measure(folder, name, repeats):
    tensors, metadata = read_safetensors(os.path.join(folder, f"{name}.safetensors"))
    case, settings = read_safetensors(os.path.join(folder, f"{name}.case.safetensors"))
    config = json.loads(metadata["config"])
    train = json.loads(settings["train"])
    network = Network(tensors, config)
    trained = [x for key, x in tensors.items() if not key.startswith("net_t.") and "running_" not in key]

    def inference():
        with torch.no_grad():
            features = network.encode(case["image"])
            levels = levels_of(features, network.reconstruct(features))
            return anomaly_map(levels, config["inputSize"], config["map"]["sigma"])

    error = float((inference() - case["map"]).abs().max() / case["map"].abs().max())
    forward = timed(repeats, inference)

    with torch.no_grad():
        features = network.encode(case["batch"])
    network.training = True
    for x in trained:
        x.requires_grad_()
    # the same groups as in the trainer: no weight decay for one-dimensional parameters
    groups = [
        {"params": [x for x in trained if x.dim() > 1], "weight_decay": train["weightDecay"]},
        {"params": [x for x in trained if x.dim() <= 1], "weight_decay": 0.0},
    ]
    kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[train["optimizer"]]
    optimizer = kind(groups, lr=1e-4, betas=tuple(train["betas"]), eps=train["eps"])

    def step():
        optimizer.zero_grad()
        loss = loss_of(features, network.reconstruct(features), train["lossWeight"])
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(trained, train["clipNorm"])
        optimizer.step()
        return float(loss.detach()), float(norm)

    loss, norm = step()
    return {
        "name": name,
        "torch": torch.__version__,
        "threads": torch.get_num_threads(),
        "mapError": error,
        "lossError": abs(loss / float(case["loss"]) - 1),
        "normError": abs(norm / float(case["gradNorm"]) - 1),
        "inference": forward,
        "step": timed(max(3, repeats // 4), step),
    }


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder")
    parser.add_argument("names", nargs="*")
    parser.add_argument("--repeats", type=int, default=15)
    args = parser.parse_args()
    for name in args.names:
        print(json.dumps(measure(args.folder, name, args.repeats)), flush=True)


if __name__ == "__main__":
    main()
