"""Drawn pictures: programs of a few lines with random parameters. `draw(rng)` gives (h, w, 3) 8-bit RGB; the same rng, the same picture."""

import io
import string

import numpy as np
from PIL import Image, ImageDraw, ImageFilter, ImageFont

SIDE = 640
# what is left after turning by any angle
KEPT = 452
Y, X = (np.mgrid[0:SIDE, 0:SIDE] / SIDE).astype(np.float32)


def spread(rng, low, high):
    """Log-uniform."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def resized(values, how=Image.Resampling.BICUBIC):
    return np.asarray(Image.fromarray(values.astype(np.float32)).resize((SIDE, SIDE), how))


def blurred(values, sigma):
    """Gaussian of `sigma` pixels, through Pillow's box filters, of numbers of any range."""
    low, high = float(values.min()), float(values.max())
    if sigma < 0.3 or high - low < 1e-6:
        return values
    picture = Image.fromarray(((values - low) / (high - low) * 255).astype(np.uint8))
    return np.asarray(picture.filter(ImageFilter.GaussianBlur(sigma)), np.float32) / 255 * (high - low) + low


def wave(rng, low=3, high=150):
    a, f = rng.uniform(0, 2 * np.pi), spread(rng, low, high)
    return np.sin(f * (np.cos(a) * X + np.sin(a) * Y) + rng.uniform(0, 2 * np.pi))


# textures: (SIDE, SIDE) numbers of any range


def waves(rng):
    return sum(wave(rng) for _ in range(rng.integers(1, 5)))


def octaves(rng, finest=9, falloff=None):
    falloff = rng.uniform(0.4, 0.95) if falloff is None else falloff
    out, strength = np.zeros((SIDE, SIDE), np.float32), 1.0
    for o in range(int(rng.integers(1, 4)), int(rng.integers(6, finest + 1))):
        out = out + strength * resized(rng.standard_normal((2**o, 2**o)))
        strength *= falloff
    return out


def warped(rng):
    return np.sin(rng.uniform(2, 12) * (wave(rng, 2, 20) + octaves(rng, 7) * 0.4) + X * rng.uniform(0, 60))


def checks(rng):
    return np.sign(wave(rng) * wave(rng))


def tiles(rng):
    u, v = (X * rng.uniform(2, 20)) % 1, (Y * rng.uniform(2, 20)) % 1
    width = rng.uniform(0.02, 0.15)
    return ((u < width) | (v < width)) * rng.uniform(-3, 3) + octaves(rng) * rng.uniform(0, 0.4)


def fine_grain(rng):
    grain = blurred(rng.standard_normal((SIDE, SIDE)).astype(np.float32), rng.uniform(0, 1.6))
    return grain / (grain.std() + 1e-6) + octaves(rng, 6) * rng.uniform(0, 0.5)


def brushed(rng):
    long = int(rng.integers(4, 40))
    lines = resized(rng.standard_normal((SIDE, long)), Image.Resampling.BILINEAR)
    return lines + 0.3 * rng.standard_normal((SIDE, SIDE)) * rng.uniform(0, 1) + octaves(rng, 6) * rng.uniform(0, 0.3)


def weave(rng):
    n, m = rng.uniform(15, 110, 2)
    u, v = X * n + 0.1 * octaves(rng, 6), Y * m + 0.1 * octaves(rng, 6)
    over = (np.floor(u) + np.floor(v) * rng.integers(1, 4)) % 2 > 0
    profile = np.where(over, np.abs(np.sin(np.pi * u)), np.abs(np.sin(np.pi * v)))
    return profile + 0.15 * rng.standard_normal((SIDE, SIDE)) * rng.uniform(0, 1)


def halftone(rng):
    n = rng.uniform(30, 130)
    dots = np.cos(2 * np.pi * n * X) * np.cos(2 * np.pi * n * Y)
    level = octaves(rng, 6)
    return np.clip(6 * (dots + 0.6 * level / (level.std() + 1e-6)), -1, 1)


def cells(rng):
    small = 213
    y, x = (np.mgrid[0:small, 0:small] / small).astype(np.float32)
    first = np.full((small, small), 9, np.float32)
    second = first.copy()
    for px, py in rng.uniform(-0.05, 1.05, (int(spread(rng, 20, 400)), 2)).astype(np.float32):
        d = (x - px) ** 2 + (y - py) ** 2
        second = np.minimum(second, np.maximum(first, d))
        first = np.minimum(first, d)
    kinds = [np.sqrt(first), np.sqrt(second) - np.sqrt(first), (np.sqrt(second) - np.sqrt(first) < 0.01).astype(np.float32)]
    return resized(kinds[rng.integers(3)]) * 5


def wood(rng):
    rings = np.sin(rng.uniform(20, 120) * (X + 0.1 * resized(rng.standard_normal((5, 8)))))
    return rings + 0.6 * resized(rng.standard_normal((24, SIDE // 2)), Image.Resampling.BILINEAR)


def mesh(rng):
    f, g = rng.uniform(20, 260, 2)
    width = rng.uniform(0.1, 0.5)
    return ((np.abs(np.sin(f * X)) < width) | (np.abs(np.sin(g * Y)) < width)) * 1.0 + octaves(rng) * rng.uniform(0, 0.3)


def stains(rng):
    a, b, mask = octaves(rng), fine_grain(rng) * 0.3, octaves(rng, 7, 0.5)
    soft = np.clip(mask / (mask.std() + 1e-6) * spread(rng, 1, 20) + rng.uniform(-1, 1), 0, 1)
    return a * 0.3 * (1 - soft) + (b + rng.uniform(-3, 3)) * soft


def lit(rng):
    """A height field under a light, with highlights: metal, leather, plaster, water."""
    height = [octaves, cells, brushed, weave, waves, fine_grain][rng.integers(6)](rng)
    height = blurred(height / (height.std() + 1e-6), spread(rng, 0.5, 4))
    gy, gx = np.gradient(height * spread(rng, 0.5, 12))
    light = rng.normal(0, 1, 2)
    nz = 1 / np.sqrt(gx**2 + gy**2 + 1)
    facing = (light[0] * gx + light[1] * gy + 1) * nz / np.sqrt(light @ light + 1)
    return facing + rng.uniform(0, 2) * np.clip(facing, 0, 1) ** spread(rng, 4, 80)


def fibres(rng):
    picture = Image.new("F", (SIDE, SIDE))
    pen = ImageDraw.Draw(picture)
    bent, count = rng.uniform(0, 0.5), int(spread(rng, 10, 900))
    for _ in range(count):
        x, y, a, reach = *rng.uniform(0, SIDE, 2), rng.uniform(0, 2 * np.pi), spread(rng, 2, 30)
        points = []
        for _ in range(6):
            points.append((x, y))
            x, y, a = x + reach * np.cos(a), y + reach * np.sin(a), a + rng.normal(0, bent)
        pen.line(points, fill=float(rng.normal()), width=int(rng.integers(1, 4)))
    return np.asarray(picture) + octaves(rng) * rng.uniform(0, 0.4)


def flat(rng):
    return np.zeros((SIDE, SIDE), np.float32) + X * rng.normal() + Y * rng.normal()


TEXTURES = [
    *(waves, octaves, warped, checks, tiles, fine_grain, brushed, weave, halftone),
    *(cells, wood, mesh, stains, lit, fibres, flat, fine_grain, lit, octaves),
]


def coloured(rng, values):
    """Numbers to colours between two to four of a random palette; often nearly grey, often of low contrast."""
    values = (values - values.mean()) / (values.std() + 1e-3)
    colours = rng.uniform(0, 255, (int(rng.integers(2, 5)), 3))
    if rng.random() < 0.4:
        colours = colours.mean(1, keepdims=True) + (colours - colours.mean(1, keepdims=True)) * rng.uniform(0, 0.3)
    middle = colours.mean(0)
    colours = middle + (colours - middle) * spread(rng, 0.08, 1.5)
    at = np.clip((values + 2) / 4, 0, 1) * (len(colours) - 1)
    steps = np.arange(len(colours))
    return np.stack([np.interp(at, steps, colours[:, c]) for c in range(3)], -1).astype(np.float32)


def texture(rng):
    return coloured(rng, TEXTURES[rng.integers(len(TEXTURES))](rng))


# things on a texture: (SIDE, SIDE, 3) in, the same out


def leaves(rng, picture):
    """Overlapping ellipses, boxes, rings and bars: flat, shaded or of a texture (dead leaves)."""
    picture = picture.copy()
    others = [texture(rng) for _ in range(2)]
    smallest = spread(rng, 0.006, 0.06)
    for _ in range(int(spread(rng, 3, 140))):
        r, (cx, cy), a, e = spread(rng, smallest, 0.28), rng.random(2), rng.uniform(0, np.pi), rng.uniform(0.2, 1)
        x0, x1 = (int(np.clip((cx + s * 1.5 * r) * SIDE, 0, SIDE)) for s in (-1, 1))
        y0, y1 = (int(np.clip((cy + s * 1.5 * r) * SIDE, 0, SIDE)) for s in (-1, 1))
        if x1 - x0 < 2 or y1 - y0 < 2:
            continue
        x, y = X[y0:y1, x0:x1] - cx, Y[y0:y1, x0:x1] - cy
        dx, dy = x * np.cos(a) + y * np.sin(a), y * np.cos(a) - x * np.sin(a)
        kind = rng.integers(5)
        if kind < 2:
            mask = dx**2 + (dy / e) ** 2 < r * r
        elif kind == 2:
            mask = (np.abs(dx) < r) & (np.abs(dy) < r * e)
        elif kind == 3:
            mask = (dx**2 + dy**2 < r * r) & (dx**2 + dy**2 > r * r * rng.uniform(0.3, 0.9))
        else:
            mask = (np.abs(dx) < r) & (np.abs(dy) < r * 0.08)
        if rng.random() < 0.4:
            fill = others[rng.integers(2)][y0:y1, x0:x1]
        else:
            shade = 1 + rng.uniform(-0.7, 0.7) * dx / r + rng.uniform(-0.7, 0.7) * dy / r
            fill = rng.uniform(0, 255, 3).astype(np.float32) * shade[..., None]
        picture[y0:y1, x0:x1] = np.where(mask[..., None], fill, picture[y0:y1, x0:x1])
    return picture


def solid(rng, picture):
    """One large body with round shading, a highlight and a texture of its own before the picture: a product on a ground."""
    x, y = (X - 0.5) / rng.uniform(0.2, 0.45), (Y - 0.5) / rng.uniform(0.2, 0.45)
    power = rng.choice([2, 2, 4, 10])
    inside = np.abs(x) ** power + np.abs(y) ** power
    depth = np.sqrt(np.clip(1 - inside, 0, 1))
    light = rng.normal(0, 0.5, 2)
    facing = np.clip(depth + light[0] * x + light[1] * y, 0, 2)
    body = texture(rng) * (0.3 + 0.7 * facing[..., None]) + 200 * (facing[..., None] / 2) ** spread(rng, 4, 60)
    return np.where((inside < 1)[..., None], body, picture * rng.uniform(0.3, 1))


def text(rng, picture):
    """Printed letters and digits."""
    canvas = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
    pen = ImageDraw.Draw(canvas)
    letters = list(string.ascii_letters + string.digits + "-+/.:")
    for _ in range(int(rng.integers(1, 12))):
        words = "".join(rng.choice(letters, rng.integers(3, 24)))
        place = tuple(int(v) for v in rng.integers(0, SIDE, 2) - 60)
        pen.text(place, words, fill=tuple(int(v) for v in rng.integers(0, 256, 3)), font=ImageFont.load_default(spread(rng, 9, 110)))
    return np.asarray(canvas, np.float32)


def glass(rng, picture):
    """The picture through uneven glass or water."""
    bend = blurred(octaves(rng, 7, 0.5), 3) * spread(rng, 3, 40)
    gy, gx = np.gradient(bend)
    reach = spread(rng, 2, 20)
    at_y = np.clip(np.arange(SIDE)[:, None] + gy * reach, 0, SIDE - 1).astype(np.int32)
    at_x = np.clip(np.arange(SIDE)[None] + gx * reach, 0, SIDE - 1).astype(np.int32)
    return picture[at_y, at_x]


def lamps(rng, picture):
    """Uneven light and blown-out reflections."""
    out = picture * np.clip(1 + (X - 0.5) * rng.normal() + (Y - 0.5) * rng.normal(), 0.2, 2)[..., None]
    for _ in range(int(rng.integers(0, 5))):
        cx, cy = rng.random(2)
        spot = np.exp(-(((X - cx) / spread(rng, 0.01, 0.3)) ** 2) - ((Y - cy) / spread(rng, 0.01, 0.3)) ** 2)
        out = out + rng.uniform(30, 260) * spot[..., None]
    return out


def depth_blur(rng, picture):
    """Sharp in a band, more blurred away from it."""
    canvas = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
    soft = np.asarray(canvas.filter(ImageFilter.GaussianBlur(spread(rng, 1, 9))), np.float32)
    share = np.clip(np.abs(Y - rng.random()) * rng.uniform(0.5, 5), 0, 1)[..., None]
    return picture * (1 - share) + soft * share


def sensor_noise(rng, picture):
    strength = spread(rng, 1, 25)
    noise = rng.standard_normal((SIDE, SIDE, 1 if rng.random() < 0.5 else 3)).astype(np.float32)
    return picture + strength * noise * np.sqrt(np.clip(picture, 4, 255) / 128)


def jpeg(rng, picture):
    out = io.BytesIO()
    Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8)).save(out, "jpeg", quality=int(rng.integers(15, 92)))
    return np.asarray(Image.open(out), np.float32)


LAYERS = [(leaves, 0.55), (solid, 0.25), (text, 0.15), (glass, 0.1), (lamps, 0.3), (depth_blur, 0.15), (sensor_noise, 0.3), (jpeg, 0.1)]


def draw(rng):
    picture = texture(rng)
    for layer, share in LAYERS:
        if rng.random() < share:
            picture = layer(rng, picture)
    canvas = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
    if rng.random() < 0.7:
        canvas = canvas.rotate(float(rng.uniform(0, 360)), Image.Resampling.BICUBIC)
    edge = (SIDE - KEPT) // 2
    return np.asarray(canvas.crop((edge, edge, edge + KEPT, edge + KEPT)))
