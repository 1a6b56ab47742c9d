"""ResNet18 from stem to layer3, with or without BatchNorm, and its safetensors files (torchvision's names)."""

import torch
import torch.nn as nn
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import save_file

MEAN = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)


def normalised(pictures):
    """(b, 3, h, w) 8-bit RGB as ImageNet-normalised floats."""
    return (pictures.float() / 255 - MEAN) / STD


class Block(nn.Module):
    def __init__(self, inputs, outputs, stride, norm):
        super().__init__()
        make = (lambda: nn.BatchNorm2d(outputs)) if norm else nn.Identity
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=not norm)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=not norm)
        self.bn1, self.bn2 = make(), make()
        self.downsample = None
        if stride > 1:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=not norm), make())

    def forward(self, x):
        shortcut = x if self.downsample is None else self.downsample(x)
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))) + shortcut)


class Network(nn.Module):
    """Pictures (b, 3, h, w) to the outputs of layer1, layer2 and layer3 (64, 128, 256 channels; strides 4, 8, 16)."""

    def __init__(self, norm):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=not norm)
        self.bn1 = nn.BatchNorm2d(64) if norm else nn.Identity()
        self.layer1 = nn.Sequential(Block(64, 64, 1, norm), Block(64, 64, 1, norm))
        self.layer2 = nn.Sequential(Block(64, 128, 2, norm), Block(128, 128, 1, norm))
        self.layer3 = nn.Sequential(Block(128, 256, 2, norm), Block(256, 256, 1, norm))

    def forward(self, x):
        a = self.layer1(F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1))
        b = self.layer2(a)
        return a, b, self.layer3(b)

    def pairs(self):
        """Each convolution's name, the convolution, and its BatchNorm."""
        yield "conv1", self.conv1, self.bn1
        for level in (1, 2, 3):
            for i, block in enumerate(getattr(self, f"layer{level}")):
                name = f"layer{level}.{i}"
                yield f"{name}.conv1", block.conv1, block.bn1
                yield f"{name}.conv2", block.conv2, block.bn2
                if block.downsample is not None:
                    yield f"{name}.downsample.0", block.downsample[0], block.downsample[1]


def read(path):
    """The tensors, as float32, and the metadata of a file."""
    with safe_open(path, "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}
        about = file.metadata() or {}
    return {k: v.float() if v.is_floating_point() else v for k, v in tensors.items()}, about


def filled(path):
    """The network of a file, with BatchNorm if the file has it; layer4 and fc of a whole ResNet18 are left out."""
    tensors, _ = read(path)
    net = Network("bn1.weight" in tensors)
    own = net.state_dict()
    missing = [k for k in own if k not in tensors and not k.endswith("num_batches_tracked")]
    if missing:
        raise SystemExit(f"{path}: {missing[0]} is missing; expected a ResNet18 with torchvision's names")
    net.load_state_dict({k: v for k, v in tensors.items() if k in own}, strict=False)
    return net.eval(), "bn1.weight" in tensors


def open_folded(path):
    """A network without BatchNorm, not to be trained."""
    net, norm = filled(path)
    if not norm:
        return net
    plain = Network(False)
    plain.load_state_dict(folded(net))
    return plain.eval()


def open_trainable(path, batches):
    """
    A network with BatchNorm from a file with it, or from a folded one: then each BatchNorm gets the mean and deviation that its convolution
    has on `batches` (a list of normalised pictures), so that the network computes the same and can be trained on.
    """
    plain, norm = filled(path)
    if norm:
        return plain.train()
    net = Network(True)
    sums = {}

    def note(name):
        def hook(_, __, out):
            n, mean, square = sums.get(name, (0, 0, 0))
            sums[name] = (n + 1, mean + out.mean((0, 2, 3)).double(), square + out.double().pow(2).mean((0, 2, 3)))

        return hook

    hooks = [conv.register_forward_hook(note(name)) for name, conv, _ in plain.pairs()]
    with torch.no_grad():
        for batch in batches:
            plain(batch)
    for hook in hooks:
        hook.remove()
    with torch.no_grad():
        for (name, conv, norm), (_, old, _) in zip(net.pairs(), plain.pairs()):
            n, mean, square = sums[name]
            mean = (mean / n).float()
            variance = ((square / n).float() - mean.pow(2)).clamp_min(0)
            conv.weight.copy_(old.weight)
            # the output's mean contains the bias, which the convolution loses here
            norm.running_mean.copy_(mean - old.bias)
            norm.running_var.copy_(variance)
            norm.weight.copy_(torch.sqrt(variance + norm.eps))
            norm.bias.copy_(mean)
    return net


def folded(net):
    """The weights with BatchNorm folded into the convolutions."""
    out = {}
    with torch.no_grad():
        for name, conv, norm in net.pairs():
            scale = norm.weight / torch.sqrt(norm.running_var + norm.eps)
            out[f"{name}.weight"] = (conv.weight * scale.view(-1, 1, 1, 1)).contiguous()
            out[f"{name}.bias"] = (norm.bias - norm.running_mean * scale).contiguous()
    return out


def recalibrate(net, batches):
    """Takes BatchNorm's statistics anew, as the mean over `batches`: those of training lag behind the weights."""
    norms = [norm for _, _, norm in net.pairs()]
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None
    net.train()
    with torch.no_grad():
        for batch in batches:
            net(batch)
    for norm in norms:
        norm.momentum = 0.1
    return net.eval()


def write_half(path, tensors, about):
    """Writes a file of fp16; refuses weights that fp16 cannot hold."""
    half = {}
    for name, tensor in tensors.items():
        half[name] = tensor.half()
        if not torch.isfinite(half[name]).all():
            raise SystemExit(f"{name}: a weight is too large for fp16; train with more weight decay")
    save_file(half, path, metadata=about)
