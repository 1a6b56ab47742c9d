"""The same scan written as five passes in PyTorch, checked against the CUDA kernels' results and timed.

usage: python3 reference.py RESULTS [--repeats N] [--device cuda|cpu]

A pass scans one region (the whole map, then its four quadrants) in four directions: every input is copied into visiting order,
scanned, and the outputs are copied back and added. RESULTS is the folder that the bench wrote: case.bin and case.json hold a small
case with the kernels' results, results.json the shapes to time. With mamba_ssm its kernel does the scans, otherwise a loop over steps.
"""

import argparse
import json
import os
import sys

try:
    import torch
except ImportError:
    print("PyTorch: not run, python3 has no module torch")
    sys.exit(0)

try:
    from mamba_ssm.ops.selective_scan_interface import selective_scan_fn
except ImportError:
    selective_scan_fn = None

DIRECTIONS = 4
INPUTS = ("u", "delta", "A", "B", "C", "D", "deltaBias")


def visiting(x, direction):
    """(b, h, w, ...) to (b, steps, ...) in the order in which a direction visits the pixels."""
    x = x.transpose(1, 2) if direction % 2 else x
    x = x.flatten(1, 2)
    return x.flip(1) if direction >= 2 else x


def unvisited(x, direction, height, width):
    """The inverse: (b, steps, d) to (b, h, w, d)."""
    x = x.flip(1) if direction >= 2 else x
    if direction % 2:
        return x.unflatten(1, (width, height)).transpose(1, 2)
    return x.unflatten(1, (height, width))


def scan_steps(u, delta, A, B, C, D, bias):
    """u, delta (b, l, d); A (d, n); B, C (b, l, n): a loop over steps."""
    dt = torch.nn.functional.softplus(delta + bias)
    state = torch.zeros(u.shape[0], *A.shape, dtype=u.dtype, device=u.device)
    out = []
    for t in range(u.shape[1]):
        decay = torch.exp(dt[:, t, :, None] * A)
        state = decay * state + (dt[:, t] * u[:, t]).unsqueeze(-1) * B[:, t].unsqueeze(1)
        out.append((state * C[:, t].unsqueeze(1)).sum(-1))
    return torch.stack(out, 1) + D * u


def scan_kernel(u, delta, A, B, C, D, bias):
    """The same by mamba_ssm, whose layout is (b, d, l)."""
    swap = lambda x: x.transpose(1, 2).contiguous()
    y = selective_scan_fn(swap(u), swap(delta), A.contiguous(), swap(B), swap(C), D, None, bias, True)
    return y.transpose(1, 2)


def one_pass(scan, u, delta, A, B, C, D, bias):
    """One region, four directions."""
    height, width = u.shape[1:3]
    total = 0
    for k in range(DIRECTIONS):
        x = (visiting(u, k), visiting(delta[:, :, :, k], k), A[k])
        y = scan(*x, visiting(B[:, :, :, k], k), visiting(C[:, :, :, k], k), D[k], bias[k])
        total = total + unvisited(y, k, height, width)
    return total


def pyramid(scan, grids, u, delta, A, B, C, D, bias):
    """The mean over grids of the regions' passes."""
    height, width = u.shape[1:3]
    levels = []
    for grid in grids:
        rows = [i * height // grid for i in range(grid + 1)]
        columns = [i * width // grid for i in range(grid + 1)]
        bands = []
        for top, bottom in zip(rows, rows[1:]):
            parts = []
            for left, right in zip(columns, columns[1:]):
                cut = lambda x: x[:, top:bottom, left:right]
                parts.append(one_pass(scan, cut(u), cut(delta), A, cut(B), cut(C), D, bias))
            bands.append(torch.cat(parts, 2))
        levels.append(torch.cat(bands, 1))
    return sum(levels) / len(levels)


def shapes_of(batch, side, channels, states):
    image = (batch, side, side)
    return {
        "u": (*image, channels),
        "delta": (*image, DIRECTIONS, channels),
        "A": (DIRECTIONS, channels, states),
        "B": (*image, DIRECTIONS, states),
        "C": (*image, DIRECTIONS, states),
        "D": (DIRECTIONS, channels),
        "deltaBias": (DIRECTIONS, channels),
    }


def check(folder):
    """The kernels' results of the small case against this file's, in float64 on the CPU."""
    with open(os.path.join(folder, "case.json")) as file:
        case = json.load(file)
    with open(os.path.join(folder, "case.bin"), "rb") as file:
        numbers = torch.frombuffer(bytearray(file.read()), dtype=torch.float32).double()
    sizes = case["sizes"]
    shapes = shapes_of(sizes["batch"], sizes["side"], sizes["channels"], sizes["states"])

    def tensor(name, shape):
        first, length = case["offsets"][name]
        return numbers[first : first + length].reshape(shape)

    inputs = [tensor(name, shapes[name]).clone().requires_grad_() for name in INPUTS]
    y = pyramid(scan_steps, sizes["grids"], *inputs)
    y.backward(tensor("dy", shapes["u"]))
    pairs = [("y", y.detach(), tensor("y", shapes["u"]))]
    pairs += [(f"d{name}", x.grad, tensor(f"grad_{name}", shapes[name])) for name, x in zip(INPUTS, inputs)]
    worst = 0.0
    for name, want, got in pairs:
        error = float((got - want).abs().max() / want.abs().max())
        if not error < 1e-4:
            sys.exit(f"PyTorch: {name} of the CUDA kernels differs by {error:.1e} of its largest magnitude")
        worst = max(worst, error)
    print(f"PyTorch, five passes in float64: output and gradients of the CUDA kernels within {worst:.1e}")


def timed(device, repeats, work):
    """Median milliseconds."""
    work()
    times = []
    for _ in range(repeats):
        if device == "cuda":
            start, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
            start.record()
            work()
            end.record()
            torch.cuda.synchronize()
            times.append(start.elapsed_time(end))
        else:
            import time

            begin = time.perf_counter()
            work()
            times.append(1000 * (time.perf_counter() - begin))
    return sorted(times)[len(times) // 2]


def time_shapes(folder, device, repeats):
    with open(os.path.join(folder, "results.json")) as file:
        results = json.load(file)
    ours = {(r["batch"], r["shape"]["side"], r["shape"]["channels"], r["pass"]): r["median"] for r in results}
    engines = [("a loop over steps", scan_steps)]
    if selective_scan_fn and device == "cuda":
        engines.append(("mamba_ssm's kernel", scan_kernel))
    else:
        print("mamba_ssm: not run, not importable or no GPU")
    for batch, side, channels in sorted({key[:3] for key in ours}):
        generator = torch.Generator().manual_seed(1)
        shapes = shapes_of(batch, side, channels, 16)
        draw = lambda name: torch.randn(shapes[name], generator=generator)
        values = {name: draw(name) for name in INPUTS}
        values["A"] = -1 - 15 * torch.rand(shapes["A"], generator=generator)
        values["deltaBias"] = values["deltaBias"] - 3
        inputs = [values[name].to(device).requires_grad_() for name in INPUTS]
        dy = torch.randn(shapes["u"], generator=generator).to(device)
        for name, scan in engines:
            # the loop takes minutes on the largest maps: a few repeats suffice
            count = repeats if scan is scan_kernel else 3
            with torch.no_grad():
                forward = timed(device, count, lambda: pyramid(scan, (1, 2), *inputs))
            both = timed(device, count, lambda: torch.autograd.grad(pyramid(scan, (1, 2), *inputs), inputs, dy))
            mine = [ours[(batch, side, channels, p)] for p in ("forward", "backward")]
            print(
                f"{side}x{side}, d {channels}, batch {batch}, five passes, {name}: forward {forward:.3f} ms "
                f"({forward / mine[0]:.1f} x the CUDA kernels), forward and backward {both:.3f} ms "
                f"({both / (mine[0] + mine[1]):.1f} x)"
            )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("results")
    parser.add_argument("--repeats", type=int, default=15)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    args = parser.parse_args()
    check(args.results)
    if args.device == "cpu":
        print("PyTorch finds no GPU: times are of the CPU")
    time_shapes(args.results, args.device, args.repeats)


if __name__ == "__main__":
    main()
