// One step of Adam or AdamW for all parameters, concatenated, with clipping by the global norm (torch.optim,
// torch.nn.utils.clip_grad_norm_). The norm is sqrt(sum of (g · scale)²) / scale, scale the power of two that brings the largest
// magnitude to [1, 2), so that no square overflows and no relevant one underflows; the sums are compensated. The largest
// magnitude is found by its bits, which order NaN above infinity above all numbers: WGSL may assume that there are no NaN or
// infinities.
//
// largest  0 g · 1 parts: per block of 4096 elements the largest bits, and 0
// spread   1 parts · 2 state: the largest of them
// squares  0 g · 1 parts · 2 state: per block the sum of squares, and its rounding error
// norm     1 parts · 2 state: norm, clip factor, and whether the step is taken: not if the norm is not finite
// update   0 g · 2 state · 3 p · 4 m · 5 v · 6 segments: the parameters' first elements, ascending, then 1 for those with weight decay

const WIDTH = 64u;
const EACH = 64u;
const INFINITY = 0x7f800000u;

struct Params {
  // elements of this range, and of all before it
  count: u32,
  first: u32,
  // blocks of this range, of all before it, and in total
  runBlocks: u32,
  firstBlock: u32,
  blocks: u32,
  segments: u32,
  // 0: no clipping
  clips: u32,
  clipNorm: f32,
  beta1: f32,
  rest1: f32,
  beta2: f32,
  rest2: f32,
  epsilon: f32,
  rate: f32,
  correction: f32,
  // for parameters with weight decay: factor of p, and share of p in g
  shrink: f32,
  coupled: f32,
  // always 0, which the compiler cannot know
  zero: u32,
}

struct State {
  largest: u32,
  norm: u32,
  clip: f32,
  taken: u32,
}

@group(0) @binding(0) var<storage, read> g: array<f32>;
@group(0) @binding(1) var<storage, read_write> parts: array<vec2u>;
@group(0) @binding(2) var<storage, read_write> state: State;
@group(0) @binding(3) var<storage, read_write> p: array<f32>;
@group(0) @binding(4) var<storage, read_write> m: array<f32>;
@group(0) @binding(5) var<storage, read_write> v: array<f32>;
@group(0) @binding(6) var<storage, read> segments: array<u32>;
@group(0) @binding(7) var<uniform> params: Params;

var<workgroup> bits: array<u32, 64>;
var<workgroup> sums: array<vec2f, 64>;

// the largest of all lanes' bits, in lane 0
fn largestOf(own: u32, lane: u32) -> u32 {
  bits[lane] = own;
  for (var half = WIDTH / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { bits[lane] = max(bits[lane], bits[lane + half]); }
  }
  return bits[0];
}

// an opaque copy of the number: otherwise the compiler may simplify the rounding errors to zero
fn hidden(value: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(value) ^ params.zero);
}

// s is a sum and its rounding error
fn add(s: vec2f, value: f32) -> vec2f {
  let next = hidden(s.x + value);
  let back = hidden(next - s.x);
  return vec2f(next, s.y + (s.x - hidden(next - back)) + (value - back));
}

fn join(s: vec2f, other: vec2f) -> vec2f {
  let both = add(s, other.x);
  return vec2f(both.x, both.y + other.y);
}

// the sum over all lanes, in lane 0
fn sumOf(own: vec2f, lane: u32) -> vec2f {
  sums[lane] = own;
  for (var half = WIDTH / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { sums[lane] = join(sums[lane], sums[lane + half]); }
  }
  return sums[0];
}

@compute @workgroup_size(64)
fn largest(@builtin(workgroup_id) w: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let block = w.x + w.y * groups.x;
  var most = 0u;
  for (var i = 0u; i < EACH; i++) {
    let at = (block * EACH + i) * WIDTH + lane;
    if (at < params.count) { most = max(most, bitcast<u32>(g[at]) & 0x7fffffffu); }
  }
  let all = largestOf(most, lane);
  if (lane == 0u && block < params.runBlocks) { parts[params.firstBlock + block] = vec2u(all, 0u); }
}

@compute @workgroup_size(64)
fn spread(@builtin(local_invocation_index) lane: u32) {
  var most = 0u;
  for (var i = lane; i < params.blocks; i += WIDTH) { most = max(most, parts[i].x); }
  let all = largestOf(most, lane);
  if (lane == 0u) { state.largest = all; }
}

// that of the scale as float32 has it, 127 for 2^0; the scale and 1 / scale are normal numbers
fn scaleExponent() -> u32 {
  return clamp(254u - min(state.largest >> 23u, 253u), 1u, 253u);
}

@compute @workgroup_size(64)
fn squares(@builtin(workgroup_id) w: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let block = w.x + w.y * groups.x;
  let scale = bitcast<f32>(scaleExponent() << 23u);
  // with a gradient that is not finite the sum does not matter
  let count = select(0u, params.count, state.largest < INFINITY);
  var sum = vec2f();
  for (var i = 0u; i < EACH; i++) {
    let at = (block * EACH + i) * WIDTH + lane;
    if (at < count) {
      let scaled = g[at] * scale;
      sum = add(sum, scaled * scaled);
    }
  }
  let all = sumOf(sum, lane);
  if (lane == 0u && block < params.runBlocks) { parts[params.firstBlock + block] = bitcast<vec2u>(all); }
}

@compute @workgroup_size(64)
fn norm(@builtin(local_invocation_index) lane: u32) {
  var sum = vec2f();
  for (var i = lane; i < params.blocks; i += WIDTH) { sum = join(sum, bitcast<vec2f>(parts[i])); }
  let squared = sumOf(sum, lane);
  if (lane != 0u) { return; }
  let found = state.largest;
  if (found >= INFINITY) {
    state.norm = found;
    state.taken = 0u;
    return;
  }
  let root = sqrt(squared.x + squared.y);
  let exponent = scaleExponent();
  // root / scale would be 2^128 or more
  if ((bitcast<u32>(root) >> 23u) > 127u + exponent) {
    state.norm = INFINITY;
    state.taken = 0u;
    return;
  }
  let all = root * bitcast<f32>((254u - exponent) << 23u);
  state.norm = bitcast<u32>(all);
  state.clip = select(1.0, min(1.0, params.clipNorm / (all + 1e-6)), params.clips == 1u);
  state.taken = 1u;
}

// whether the parameter of element i has weight decay
fn decays(i: u32) -> bool {
  var low = 0u;
  var high = params.segments;
  while (high - low > 1u) {
    let middle = (low + high) / 2u;
    if (segments[middle] <= i) { low = middle; } else { high = middle; }
  }
  return segments[params.segments + low] == 1u;
}

@compute @workgroup_size(64)
fn update(@builtin(workgroup_id) w: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (w.x + w.y * groups.x) * WIDTH + lane;
  if (i >= params.count || state.taken == 0u) { return; }
  let decaying = decays(params.first + i);
  let gradient = g[i] * state.clip + select(0.0, params.coupled, decaying) * p[i];
  let first = params.beta1 * m[i] + params.rest1 * gradient;
  let second = params.beta2 * v[i] + params.rest2 * gradient * gradient;
  m[i] = first;
  v[i] = second;
  let root = sqrt(second) / params.correction + params.epsilon;
  p[i] = select(1.0, params.shrink, decaying) * p[i] - params.rate * first / root;
}
