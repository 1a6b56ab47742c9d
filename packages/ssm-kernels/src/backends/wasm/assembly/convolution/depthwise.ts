// A depthwise convolution and its gradients, channel multiplier 1. Pictures (b, h, w, c), filter (kernelHeight, kernelWidth, c).
import { madd } from '../maths/fused';
import { addProduct, floats, zero } from '../maths/lanes';

/** y[oy, ox] = Σ over taps of x[oy·strideY + ky − padTop, …]·filter[ky, kx]. */
export function depthwise(
  x: usize,
  filter: usize,
  y: usize,
  batch: i32,
  height: i32,
  width: i32,
  c: i32,
  outHeight: i32,
  outWidth: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideY: i32,
  strideX: i32,
  padTop: i32,
  padLeft: i32,
): void {
  for (let b = 0; b < batch; b++) {
    for (let oy = 0; oy < outHeight; oy++) {
      const y0 = oy * strideY - padTop;
      const firstY = max(0, -y0);
      const tapsY = min(kernelHeight, height - y0) - firstY;
      for (let ox = 0; ox < outWidth; ox++) {
        const x0 = ox * strideX - padLeft;
        const firstX = max(0, -x0);
        const tapsX = min(kernelWidth, width - x0) - firstX;
        gatherTaps(
          x + floats(((y0 + firstY) * width + x0 + firstX) * c),
          floats(width * c),
          floats(c),
          filter + floats((firstY * kernelWidth + firstX) * c),
          floats(kernelWidth * c),
          floats(c),
          y,
          c,
          tapsY,
          tapsX,
        );
        y += floats(c);
      }
    }
    x += floats(height * width * c);
  }
}

/** dx[y, x] = Σ over taps of dy[(y + padTop − ky) / strideY, …]·filter[ky, kx], where the division leaves no remainder. */
export function depthwiseGradInput(
  dy: usize,
  filter: usize,
  dx: usize,
  batch: i32,
  height: i32,
  width: i32,
  c: i32,
  outHeight: i32,
  outWidth: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideY: i32,
  strideX: i32,
  padTop: i32,
  padLeft: i32,
): void {
  for (let b = 0; b < batch; b++) {
    for (let y = 0; y < height; y++) {
      // taps ky = firstY, firstY + strideY, … use output rows oy = topY, topY − 1, …; rows out of range are cut
      const skipY = max(0, (y + padTop) / strideY - (outHeight - 1));
      const firstY = ((y + padTop) % strideY) + skipY * strideY;
      const topY = (y + padTop) / strideY - skipY;
      const tapsY = min(topY + 1, (kernelHeight - firstY + strideY - 1) / strideY);
      for (let x = 0; x < width; x++) {
        const skipX = max(0, (x + padLeft) / strideX - (outWidth - 1));
        const firstX = ((x + padLeft) % strideX) + skipX * strideX;
        const topX = (x + padLeft) / strideX - skipX;
        const tapsX = min(topX + 1, (kernelWidth - firstX + strideX - 1) / strideX);
        gatherTaps(
          // per tap dy moves back one pixel and the filter forward one stride
          dy + floats((topY * outWidth + topX) * c),
          -floats(outWidth * c),
          -floats(c),
          filter + floats((firstY * kernelWidth + firstX) * c),
          floats(strideY * kernelWidth * c),
          floats(strideX * c),
          dx,
          c,
          tapsY,
          tapsX,
        );
        dx += floats(c);
      }
    }
    dy += floats(outHeight * outWidth * c);
  }
}

/** target[c] = Σ over taps of source·filter; the steps are the distances in bytes between the taps of a column and of a row. */
function gatherTaps(
  source: usize,
  sourceRow: usize,
  sourceColumn: usize,
  filter: usize,
  filterRow: usize,
  filterColumn: usize,
  target: usize,
  c: i32,
  tapsY: i32,
  tapsX: i32,
): void {
  let i = 0;
  for (; i + 8 <= c; i += 8) {
    let sum0 = f32x4.splat(0),
      sum1 = f32x4.splat(0);
    for (let ky = 0; ky < tapsY; ky++) {
      let d = source + floats(i) + <usize>ky * sourceRow;
      let f = filter + floats(i) + <usize>ky * filterRow;
      for (let kx = 0; kx < tapsX; kx++) {
        sum0 = madd(v128.load(d), v128.load(f), sum0);
        sum1 = madd(v128.load(d, 16), v128.load(f, 16), sum1);
        d += sourceColumn;
        f += filterColumn;
      }
    }
    v128.store(target + floats(i), sum0);
    v128.store(target + floats(i), sum1, 16);
  }
  for (; i < c; i++) {
    let sum: f32 = 0;
    for (let ky = 0; ky < tapsY; ky++) {
      let d = source + floats(i) + <usize>ky * sourceRow;
      let f = filter + floats(i) + <usize>ky * filterRow;
      for (let kx = 0; kx < tapsX; kx++) {
        sum += load<f32>(d) * load<f32>(f);
        d += sourceColumn;
        f += filterColumn;
      }
    }
    store<f32>(target + floats(i), sum);
  }
}

/** dFilter[ky, kx] = Σ over pictures and output pixels of x[oy·strideY + ky − padTop, …]·dy[oy, ox]. */
export function depthwiseGradFilter(
  x: usize,
  dy: usize,
  dFilter: usize,
  batch: i32,
  height: i32,
  width: i32,
  c: i32,
  outHeight: i32,
  outWidth: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideY: i32,
  strideX: i32,
  padTop: i32,
  padLeft: i32,
): void {
  zero(dFilter, kernelHeight * kernelWidth * c);
  for (let b = 0; b < batch; b++) {
    for (let oy = 0; oy < outHeight; oy++) {
      for (let ky = 0; ky < kernelHeight; ky++) {
        const y = oy * strideY + ky - padTop;
        if (y < 0 || y >= height) continue;
        for (let ox = 0; ox < outWidth; ox++) {
          const x0 = ox * strideX - padLeft;
          const from = max(0, -x0);
          const to = min(kernelWidth, width - x0);
          // taps of one kernel row are adjacent in the picture and in the filter; dy is the same for all
          for (let kx = from; kx < to; kx++)
            addProduct(
              dFilter + floats((ky * kernelWidth + kx) * c),
              x + floats((y * width + x0 + kx) * c),
              dy + floats((oy * outWidth + ox) * c),
              c,
            );
        }
      }
    }
    x += floats(height * width * c);
    dy += floats(outHeight * outWidth * c);
  }
}
