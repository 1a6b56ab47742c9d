// One step of Adam or AdamW over `count` numbers: see ../../adamStep.ts. `shrink` is 1 − lr·λ (AdamW), `l2` is λ (Adam),
// `rate` is lr / (1 − β₁ᵗ), `correction` is √(1 − β₂ᵗ).

export function adamStep(
  count: i32,
  param: usize,
  m: usize,
  v: usize,
  grad: usize,
  paramOut: usize,
  mOut: usize,
  vOut: usize,
  beta1: f32,
  beta2: f32,
  epsilon: f32,
  rate: f32,
  correction: f32,
  shrink: f32,
  l2: f32,
  gradScale: f32,
): void {
  const rest1: f32 = 1 - beta1;
  const rest2: f32 = 1 - beta2;
  let at: usize = 0;
  const vectorEnd = ((<usize>count) >> 2) << 4;
  for (; at < vectorEnd; at += 16) {
    const p = v128.load(param + at);
    const g = f32x4.add(
      f32x4.mul(v128.load(grad + at), f32x4.splat(gradScale)),
      f32x4.mul(p, f32x4.splat(l2)),
    );
    const m1 = f32x4.add(f32x4.mul(v128.load(m + at), f32x4.splat(beta1)), f32x4.mul(g, f32x4.splat(rest1)));
    const v1 = f32x4.add(
      f32x4.mul(v128.load(v + at), f32x4.splat(beta2)),
      f32x4.mul(f32x4.mul(g, g), f32x4.splat(rest2)),
    );
    const denominator = f32x4.add(f32x4.div(f32x4.sqrt(v1), f32x4.splat(correction)), f32x4.splat(epsilon));
    const step = f32x4.div(f32x4.mul(m1, f32x4.splat(rate)), denominator);
    v128.store(mOut + at, m1);
    v128.store(vOut + at, v1);
    v128.store(paramOut + at, f32x4.sub(f32x4.mul(p, f32x4.splat(shrink)), step));
  }
  const end = (<usize>count) << 2;
  for (; at < end; at += 4) {
    const p = load<f32>(param + at);
    const g = load<f32>(grad + at) * gradScale + p * l2;
    const m1 = load<f32>(m + at) * beta1 + g * rest1;
    const v1 = load<f32>(v + at) * beta2 + g * g * rest2;
    store<f32>(mOut + at, m1);
    store<f32>(vOut + at, v1);
    store<f32>(paramOut + at, p * shrink - (m1 * rate) / (sqrt<f32>(v1) / correction + epsilon));
  }
}
