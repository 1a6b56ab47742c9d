// Layer normalisation over the last axis, and the gate of a Mamba block, layerNorm(x) · silu(z) (GATE). x is (row, c).
// n = (x - mean) / sqrt(variance + epsilon), v = n gamma + beta, y = v or v silu(z).
//
// A workgroup has one row and sums over its channels in workgroup memory, in two passes, which are precise for a large mean. The
// gradients of gamma and beta are sums over rows: a workgroup has 64 channels of a block of rows and writes parts
// (term, block, c), beta's first, for sums.wgsl.
//
// normalize      0 x · 1 gamma · 2 beta · 3 z · 5 y
// gradient       0 x · 1 gamma · 2 beta · 3 z · 4 dy · 5 dx · 6 dz · 7 stats (row, 2): mean and 1 / deviation
// parameterSums  0 x · 3 z · 4 dy · 7 stats · 8 parts

const WIDTH = 64u;
const BLOCK = 64u;

override CHANNELS: u32 = 1u;
override GATE: bool = false;

struct Params {
  // rows of this range
  rows: u32,
  // first element of the range within the bindings
  offset: u32,
  epsilon: f32,
  // parameterSums: blocks before this range's, and of all ranges
  firstBlock: u32,
  blocks: u32,
  // within the binding of stats
  statsOffset: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> gamma: array<f32>;
@group(0) @binding(2) var<storage, read> beta: array<f32>;
@group(0) @binding(3) var<storage, read> z: array<f32>;
@group(0) @binding(4) var<storage, read> dy: array<f32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;
@group(0) @binding(6) var<storage, read_write> dz: array<f32>;
@group(0) @binding(7) var<storage, read_write> stats: array<f32>;
@group(0) @binding(8) var<storage, read_write> parts: array<f32>;
@group(0) @binding(9) var<uniform> params: Params;

var<workgroup> lanes: array<vec2f, 64>;

// the sums over the workgroup's lanes, in all of them
fn total(v: vec2f, lane: u32) -> vec2f {
  workgroupBarrier();
  lanes[lane] = v;
  for (var half = WIDTH / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { lanes[lane] += lanes[lane + half]; }
  }
  workgroupBarrier();
  return lanes[0];
}

// mean and 1 / deviation of the row that starts at `row`
fn momentsOf(row: u32, lane: u32) -> vec2f {
  var sum = 0.0;
  for (var c = lane; c < CHANNELS; c += WIDTH) { sum += x[row + c]; }
  let mean = total(vec2f(sum, 0.0), lane).x / f32(CHANNELS);
  var squares = 0.0;
  for (var c = lane; c < CHANNELS; c += WIDTH) {
    let v = x[row + c] - mean;
    squares += v * v;
  }
  let variance = total(vec2f(squares, 0.0), lane).x / f32(CHANNELS);
  return vec2f(mean, inverseSqrt(variance + params.epsilon));
}

fn sigmoid(v: f32) -> f32 {
  return 1.0 / (1.0 + exp(-clamp(v, -87.0, 87.0)));
}

@compute @workgroup_size(64)
fn normalize(@builtin(workgroup_id) w: vec3u, @builtin(num_workgroups) g: vec3u, @builtin(local_invocation_index) lane: u32) {
  let r = w.x + w.y * g.x;
  if (r >= params.rows) { return; }
  let row = params.offset + r * CHANNELS;
  let moments = momentsOf(row, lane);
  for (var c = lane; c < CHANNELS; c += WIDTH) {
    let i = row + c;
    var v = (x[i] - moments.x) * moments.y * gamma[c] + beta[c];
    if (GATE) { v *= z[i] * sigmoid(z[i]); }
    y[i] = v;
  }
}

// dv at element i
fn upstream(i: u32) -> f32 {
  if (GATE) { return dy[i] * z[i] * sigmoid(z[i]); }
  return dy[i];
}

@compute @workgroup_size(64)
fn gradient(@builtin(workgroup_id) w: vec3u, @builtin(num_workgroups) g: vec3u, @builtin(local_invocation_index) lane: u32) {
  let r = w.x + w.y * g.x;
  if (r >= params.rows) { return; }
  let row = params.offset + r * CHANNELS;
  let moments = momentsOf(row, lane);
  if (lane == 0u) {
    stats[params.statsOffset + 2u * r] = moments.x;
    stats[params.statsOffset + 2u * r + 1u] = moments.y;
  }
  var sums = vec2f();
  for (var c = lane; c < CHANNELS; c += WIDTH) {
    let n = (x[row + c] - moments.x) * moments.y;
    let dn = upstream(row + c) * gamma[c];
    sums += vec2f(dn, dn * n);
  }
  let means = total(sums, lane) / f32(CHANNELS);
  for (var c = lane; c < CHANNELS; c += WIDTH) {
    let i = row + c;
    let n = (x[i] - moments.x) * moments.y;
    y[i] = moments.y * (upstream(i) * gamma[c] - means.x - n * means.y);
    if (GATE) {
      let s = sigmoid(z[i]);
      dz[i] = dy[i] * (n * gamma[c] + beta[c]) * s * (1.0 + z[i] * (1.0 - s));
    }
  }
}

@compute @workgroup_size(64)
fn parameterSums(@builtin(workgroup_id) w: vec3u, @builtin(num_workgroups) g: vec3u, @builtin(local_invocation_index) lane: u32) {
  let c = w.x * WIDTH + lane;
  let block = w.y + w.z * g.y;
  let first = block * BLOCK;
  if (c >= CHANNELS || first >= params.rows) { return; }
  var sums = vec2f();
  for (var r = first; r < min(first + BLOCK, params.rows); r++) {
    let i = params.offset + r * CHANNELS + c;
    let n = (x[i] - stats[params.statsOffset + 2u * r]) * stats[params.statsOffset + 2u * r + 1u];
    let dv = upstream(i);
    sums += vec2f(dv, dv * n);
  }
  let at = params.firstBlock + block;
  parts[at * CHANNELS + c] = sums.x;
  parts[(params.blocks + at) * CHANNELS + c] = sums.y;
}
