"""The whole network in PyTorch, as a function of a model file's tensors: an oracle and a yardstick, no part of the product.

Maps between modules are (b, h, w, c); convolutions see them as channels-last tensors, without a copy.
"""

import math

import torch
import torch.nn.functional as F

from scan import SelectiveScan

BLOCKS = {"resnet18": (2, 2, 2), "resnet34": (3, 4, 6)}
DIRECTIONS = 4


def convolve(x, weight, bias=None, stride=1, groups=1):
    y = F.conv2d(x.permute(0, 3, 1, 2), weight, bias, stride, weight.shape[-1] // 2, groups=groups)
    return y.permute(0, 2, 3, 1)


def to_sequence(x, direction):
    """(b, h, w, d) to (b, d, steps) in the order in which a direction visits the pixels."""
    x = x.permute(0, 3, 2, 1) if direction % 2 else x.permute(0, 3, 1, 2)
    x = x.flatten(2)
    return x.flip(2) if direction >= 2 else x


def to_map(x, direction, height, width):
    """The inverse: (b, d, steps) to (b, d, h, w)."""
    x = x.flip(2) if direction >= 2 else x
    if direction % 2:
        return x.unflatten(2, (width, height)).transpose(2, 3)
    return x.unflatten(2, (height, width))


class Weights:
    """The tensors whose names start with a prefix."""

    def __init__(self, tensors, prefix=""):
        self.tensors, self.prefix = tensors, prefix

    def __getitem__(self, name):
        return self.tensors[self.prefix + name]

    def __contains__(self, name):
        return self.prefix + name in self.tensors

    def at(self, name):
        return Weights(self.tensors, f"{self.prefix}{name}.")


class Network:
    def __init__(self, tensors, config):
        self.config = config
        self.weights = Weights(tensors)
        self.training = False

    # Encoder: ResNet up to layer3, batch norm folded

    def encode(self, images):
        w = self.weights.at("net_t")
        x = F.relu(convolve(images, w["conv1.weight"], w["conv1.bias"], 2))
        x = F.max_pool2d(x.permute(0, 3, 1, 2), 3, 2, 1).permute(0, 2, 3, 1)
        features = []
        for layer, blocks in enumerate(BLOCKS[self.config["encoder"]["arch"]], 1):
            for i in range(blocks):
                x = self.residual_block(w.at(f"layer{layer}.{i}"), x, 2 if i == 0 and layer > 1 else 1)
            features.append(x)
        return features

    def residual_block(self, w, x, stride):
        y = F.relu(convolve(x, w["conv1.weight"], w["conv1.bias"], stride))
        y = convolve(y, w["conv2.weight"], w["conv2.bias"])
        if "downsample.0.weight" in w:
            x = convolve(x, w["downsample.0.weight"], w["downsample.0.bias"], stride)
        return F.relu(x + y)

    # Fusion

    def batch_norm(self, w, x):
        if self.training:
            # batch statistics; the running ones are not updated
            statistics = (None, None)
        else:
            statistics = (w["running_mean"], w["running_var"])
        y = F.batch_norm(x.permute(0, 3, 1, 2), *statistics, w["weight"], w["bias"], training=self.training)
        return y.permute(0, 2, 3, 1)

    def lateral(self, w, name, x):
        x = convolve(x, w[f"conv{name}.weight"], w[f"conv{name}.bias"])
        return F.relu(self.batch_norm(w.at(f"bn{name}"), x))

    def fuse(self, features):
        w = self.weights.at("mff_oce")
        x = F.relu(self.batch_norm(w.at("bn1"), convolve(features[0], w["conv1.weight"], stride=2)))
        x = x + self.lateral(w, "21", features[1])
        x = F.relu(self.batch_norm(w.at("bn2"), convolve(x, w["conv2.weight"], stride=2)))
        x = self.lateral(w, "f", x + self.lateral(w, "31", features[2]))
        for i in range(self.config["mff"]["bottlenecks"]):
            x = self.bottleneck(w.at(f"bn_layer.{i}"), x, 2 if i == 0 else 1)
        return x

    def bottleneck(self, w, x, stride):
        y = F.relu(self.batch_norm(w.at("bn1"), convolve(x, w["conv1.weight"])))
        y = F.relu(self.batch_norm(w.at("bn2"), convolve(y, w["conv2.weight"], stride=stride)))
        y = self.batch_norm(w.at("bn3"), convolve(y, w["conv3.weight"]))
        if "downsample.0.weight" in w:
            x = self.batch_norm(w.at("downsample.1"), convolve(x, w["downsample.0.weight"], stride=stride))
        return F.relu(x + y)

    # Decoder

    def decode(self, x):
        w, outputs = self.weights.at("net_s"), []
        for i, depth in enumerate(self.config["decoder"]["depths"]):
            stage = w.at(f"layers_up.{i}")
            if i > 0:
                x = self.expand(stage.at("upsample"), x)
            blocks = 3 if depth % 3 == 0 else 2
            for j in range(depth // blocks):
                x = self.css(stage.at(f"blocks.{j}"), x, blocks)
            outputs.insert(0, x)
        return outputs[:3]

    def expand(self, w, x):
        b, h, width, c = x.shape
        x = F.linear(x, w["expand.weight"]).reshape(b, h, width, 2, 2, c // 2)
        x = x.transpose(2, 3).reshape(b, 2 * h, 2 * width, c // 2)
        return F.layer_norm(x, x.shape[-1:], w["norm.weight"], w["norm.bias"])

    def css(self, w, x, blocks):
        branches, y = [], x
        for i in range(blocks):
            block = w.at(f"smm_blocks.{i}")
            normed = F.layer_norm(y, y.shape[-1:], block["ln_1.weight"], block["ln_1.bias"])
            y = y + self.ss2d(block.at("self_attention"), normed)
        branches.append(y)
        for k in (5, 7):
            branch = self.pointwise_norm(w.at(f"conv1b{k}.0"), x)
            branch = self.norm_silu(convolve(branch, w[f"conv{k}{k}.0.weight"], groups=branch.shape[-1]))
            branches.append(self.pointwise_norm(w.at(f"conv1a{k}.0"), branch))
        return x + convolve(torch.cat(branches, -1), w["finalconv11.weight"], w["finalconv11.bias"])

    def pointwise_norm(self, w, x):
        return self.norm_silu(convolve(x, w["weight"], w["bias"]))

    def norm_silu(self, x):
        # F.instance_norm's gradient is wrong for one picture whose output's gradient is channels-last (PyTorch 2.13, CPU)
        lines = x.permute(0, 3, 1, 2).flatten(2)
        y = F.silu(F.layer_norm(lines, lines.shape[2:]))
        return y.unflatten(2, x.shape[1:3]).permute(0, 2, 3, 1)

    def ss2d(self, w, x):
        u, z = F.linear(x, w["in_proj.weight"]).chunk(2, -1)
        u = F.silu(convolve(u, w["conv2d.weight"], w["conv2d.bias"], groups=u.shape[-1]))
        levels = [self.level(w, u, grid) for grid in self.config["decoder"]["grids"]]
        y = sum(levels) / len(levels)
        y = F.layer_norm(y, y.shape[-1:], w["out_norm.weight"], w["out_norm.bias"]) * F.silu(z)
        return F.linear(y, w["out_proj.weight"])

    def level(self, w, u, grid):
        """One level of the pyramid: each of grid × grid regions is copied into four sequences, scanned, and copied back."""
        height, width = u.shape[1:3]
        rows = [i * height // grid for i in range(grid + 1)]
        columns = [i * width // grid for i in range(grid + 1)]
        return torch.cat(
            [
                torch.cat(
                    [self.region(w, u[:, top:bottom, left:right]) for left, right in zip(columns, columns[1:])], 2
                )
                for top, bottom in zip(rows, rows[1:])
            ],
            1,
        )

    def region(self, w, u):
        b, height, width, d = u.shape
        states = self.config["decoder"]["dState"]
        x = torch.stack([to_sequence(u, k) for k in range(DIRECTIONS)], 1)  # (b, k, d, l)
        projected = torch.einsum("bkdl,kcd->bkcl", x, w["x_proj_weight"])
        rank = projected.shape[2] - 2 * states
        low, B, C = projected.split([rank, states, states], 2)
        delta = torch.einsum("bkrl,kdr->bkdl", low, w["dt_projs_weight"])
        y = SelectiveScan.apply(
            x.flatten(0, 1),
            delta.flatten(0, 1),
            -torch.exp(w["A_logs"]).view(DIRECTIONS, d, states),
            B.transpose(2, 3).flatten(0, 1),
            C.transpose(2, 3).flatten(0, 1),
            w["Ds"].view(DIRECTIONS, d),
            w["dt_projs_bias"],
        ).unflatten(0, (b, DIRECTIONS))
        return sum(to_map(y[:, k], k, height, width) for k in range(DIRECTIONS)).permute(0, 2, 3, 1)

    def reconstruct(self, features):
        return self.decode(self.fuse(features))


def loss_of(teacher, student, weight):
    return weight * sum(F.mse_loss(s, t) for t, s in zip(teacher, student))


def levels_of(teacher, student):
    """1 − cosine similarity, per level."""
    return [1 - F.cosine_similarity(t, s, dim=-1, eps=1e-8) for t, s in zip(teacher, student)]


def anomaly_map(levels, size, sigma):
    """Levels resized with aligned corners, their sum over their number squared, smoothed with mirrored borders."""
    resized = [F.interpolate(x[:, None], (size, size), mode="bilinear", align_corners=True) for x in levels]
    x = sum(resized) / len(levels) ** 2
    radius = math.floor(4 * sigma + 0.5)
    taps = torch.exp(-0.5 * (torch.arange(-radius, radius + 1, dtype=x.dtype) / sigma) ** 2)
    taps = taps / taps.sum()
    mirrored = torch.cat([torch.arange(radius - 1, -1, -1), torch.arange(size), torch.arange(size - 1, size - 1 - radius, -1)])
    x = x[:, :, mirrored][..., mirrored]
    x = F.conv2d(x, taps.view(1, 1, -1, 1))
    return F.conv2d(x, taps.view(1, 1, 1, -1))[:, 0]
