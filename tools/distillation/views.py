"""
Views: random crops of photographs and drawn pictures with random light and colour, made in a process of their own. Batch k depends on the
seed and on k alone, so that a resumed training sees what it would have seen.
"""

import io
import multiprocessing
import sys
from collections import deque
from multiprocessing import shared_memory
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

import drawn
import photographs

# batches after which the oldest drawn picture makes room for a new one
DRAWN_FOR = 12
PHOTOGRAPHS = 0.45
# deviation of a crop's values below which it shows nothing
EMPTY = 3
SLOTS = 6


def spread(rng, low, high):
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def crop(rng, picture, side):
    width, height = picture.size
    # below 1 pixels are stretched, above 1 averaged
    part = min(min(width, height), int(side * spread(rng, 0.35, 3)))
    x, y = rng.integers(0, width - part + 1), rng.integers(0, height - part + 1)
    return picture.resize((side, side), Image.Resampling.BILINEAR, (x, y, x + part, y + part))


def view(rng, picture, side):
    """(side, side, 3) 8-bit RGB."""
    small = crop(rng, picture, side)
    # an empty one teaches little: another try
    if np.asarray(small).std() < EMPTY:
        small = crop(rng, picture, side)
    if rng.random() < 0.1:
        small = small.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 2)))
    v = np.asarray(small, np.float32)
    v = v[:, :: -1 if rng.random() < 0.5 else 1][:: -1 if rng.random() < 0.5 else 1]
    if rng.random() < 0.5:
        v = v.transpose(1, 0, 2)
    mean = v.mean()
    # low contrast often: fine, faint texture is what an inspection looks for
    v = (v - mean) * spread(rng, 0.25, 1.7) + mean + rng.uniform(-50, 50)
    if rng.random() < 0.2:
        v = np.repeat(v.mean(2, keepdims=True), 3, 2)
    elif rng.random() < 0.3:
        v = v[:, :, rng.permutation(3)]
    if rng.random() < 0.2:
        v = v * rng.uniform(0.7, 1.2, 3).astype(np.float32)
    if rng.random() < 0.2:
        v = v + rng.standard_normal(v.shape).astype(np.float32) * spread(rng, 0.5, 12)
    v = np.clip(v, 0, 255).astype(np.uint8)
    if rng.random() < 0.1:
        file = io.BytesIO()
        Image.fromarray(v).save(file, "jpeg", quality=int(rng.integers(30, 95)))
        v = np.asarray(Image.open(file))
    return v


class Bank:
    """Photographs, and a window of drawn pictures that moves on with the batches."""

    def __init__(self, folder, seed, count):
        self.seed, self.count = seed, count
        self.photographs, self.counts = photographs.load(folder) if folder else ([], {})
        self.drawn, self.next = deque(maxlen=count), None

    def at(self, k):
        """Makes the drawn pictures those of batch k."""
        first = k // DRAWN_FOR
        if self.next is None or self.next < first:
            self.next = first
        while self.next < first + self.count:
            self.drawn.append(Image.fromarray(drawn.draw(np.random.default_rng([self.seed, 1, self.next]))))
            self.next += 1

    def batch(self, k, size, side):
        """(size, 3, side, side) 8-bit RGB."""
        self.at(k)
        rng = np.random.default_rng([self.seed, 2, k])
        views = []
        for _ in range(size):
            free = self.photographs and rng.random() < PHOTOGRAPHS
            bank = self.photographs if free else self.drawn
            views.append(view(rng, bank[rng.integers(len(bank))], side))
        out = np.stack(views)
        if rng.random() < 0.3:
            share = rng.uniform(0.5, 1)
            out = (share * out + (1 - share) * out[::-1]).astype(np.uint8)
        return np.ascontiguousarray(out.transpose(0, 3, 1, 2))


def work(folder, seed, count, first, size, side, name, free, full):
    try:
        memory = shared_memory.SharedMemory(name)
        slots = np.ndarray((SLOTS, size, 3, side, side), np.uint8, memory.buf)
        bank = Bank(folder, seed, count)
        full.put(("pictures", bank.counts))
        k = first
        while True:
            slot = free.get()
            slots[slot] = bank.batch(k, size, side)
            full.put(("batch", slot))
            k += 1
    except BaseException as error:
        full.put(("failed", repr(error)))
        raise


class Views:
    """Batches from the process, in order from `first`."""

    def __init__(self, folder: Path | None, seed, drawn_pictures, first, size, side):
        self.memory = shared_memory.SharedMemory(create=True, size=SLOTS * size * 3 * side * side)
        self.slots = np.ndarray((SLOTS, size, 3, side, side), np.uint8, self.memory.buf)
        spawn = multiprocessing.get_context("spawn")
        self.free, self.full = spawn.Queue(), spawn.Queue()
        for slot in range(SLOTS):
            self.free.put(slot)
        args = (folder, seed, drawn_pictures, first, size, side, self.memory.name, self.free, self.full)
        self.process = spawn.Process(target=work, args=args, daemon=True)
        self.process.start()
        self.counts = self.take("pictures")

    def take(self, kind):
        found, value = self.full.get()
        if found != kind:
            raise SystemExit(f"the process that makes the views failed: {value}")
        return value

    def next(self):
        slot = self.take("batch")
        out = self.slots[slot].copy()
        self.free.put(slot)
        return out

    def close(self):
        self.process.terminate()
        self.process.join()
        self.memory.close()
        self.memory.unlink()


if __name__ == "__main__":
    # `views.py OUT.png [PHOTOGRAPHS]`: a sheet of drawn pictures above, of views below
    if len(sys.argv) < 2:
        raise SystemExit("usage: views.py OUT.png [PHOTOGRAPHS]")
    bank = Bank(Path(sys.argv[2]) if len(sys.argv) > 2 else None, 1, 72)
    sheet = Image.new("RGB", (12 * 128, 12 * 128))
    for i, v in enumerate(bank.batch(0, 72, 128)):
        sheet.paste(Image.fromarray(v.transpose(1, 2, 0)), (i % 12 * 128, (6 + i // 12) * 128))
    for i in range(72):
        sheet.paste(bank.drawn[i].resize((128, 128)), (i % 12 * 128, i // 12 * 128))
    sheet.save(sys.argv[1])
