// A convolution's input patches as rows of a matrix, (pixels, kernelHeight·kernelWidth·c), and the adjoint.
// Pictures are (b, h, w, c); a kernel row covers adjacent pixels, hence contiguous memory.
import { addTo, copy, floats, zero } from '../maths/lanes';

/** Writes the patches of output pixels [first, first + count) of all pictures, with zeros outside of the picture. */
export function im2col(
  x: usize,
  columns: usize,
  first: i32,
  count: i32,
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
  const run = kernelWidth * c;
  for (let i = first; i < first + count; i++) {
    const ox = i % outWidth;
    const oy = (i / outWidth) % outHeight;
    const picture = x + floats((i / (outWidth * outHeight)) * height * width * c);
    const x0 = ox * strideX - padLeft;
    const from = min(max(0, -x0), kernelWidth);
    const to = max(from, min(kernelWidth, width - x0));
    for (let ky = 0; ky < kernelHeight; ky++) {
      const y = oy * strideY - padTop + ky;
      if (y < 0 || y >= height) zero(columns, run);
      else {
        zero(columns, from * c);
        copy(columns + floats(from * c), picture + floats((y * width + x0 + from) * c), (to - from) * c);
        zero(columns + floats(to * c), (kernelWidth - to) * c);
      }
      columns += floats(run);
    }
  }
}

/** Adds each patch to its source pixels; the caller zeroes x. */
export function col2im(
  columns: usize,
  x: usize,
  first: i32,
  count: i32,
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
  const run = kernelWidth * c;
  for (let i = first; i < first + count; i++) {
    const ox = i % outWidth;
    const oy = (i / outWidth) % outHeight;
    const picture = x + floats((i / (outWidth * outHeight)) * height * width * c);
    const x0 = ox * strideX - padLeft;
    const from = min(max(0, -x0), kernelWidth);
    const to = max(from, min(kernelWidth, width - x0));
    for (let ky = 0; ky < kernelHeight; ky++) {
      const y = oy * strideY - padTop + ky;
      if (y >= 0 && y < height)
        addTo(picture + floats((y * width + x0 + from) * c), columns + floats(from * c), (to - from) * c);
      columns += floats(run);
    }
  }
}
