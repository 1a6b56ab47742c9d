// Normalisation of each channel over rows: of a picture (instance norm, one group per picture), or of all (batch norm, one
// group); and plain sums over rows. x is (group, row, c) with ROWS rows per group, c CHANNELS.
//
// Rows are processed in blocks of BLOCK within a group. A workgroup has 64 channels of one block, a thread one channel, so that
// every load is a row. Sums over rows are written as parts (term, block, c), which sums.wgsl adds per group to stats
// (term, group, c): mean, variance, sum of dn, sum of dn n. Two passes for mean and variance are precise for a large mean.
//
// n = (x - mean) / sqrt(variance + epsilon); y = silu(n) or n · gamma + beta; dn = dy · dy/dn.
//
// sumX           0 x · 3 parts, one term
// sumSquares     0 x · 2 stats · 3 parts, one term
// normalize      0 x · 2 stats · 4 y · 5 affine: gamma, then beta
// sumGradients   0 x · 1 dy · 2 stats · 3 parts, two terms
// gradient       0 x · 1 dy · 2 stats · 4 dx · 5 affine

const BLOCK = 64u;

override CHANNELS: u32 = 1u;
override ROWS: u32 = 1u;
override SILU: bool = false;
override AFFINE: bool = false;

struct Params {
  // blocks before those of this range, and of all ranges together
  firstBlock: u32,
  blocks: u32,
  // blocks of this range
  count: u32,
  groups: u32,
  // start of the range: row, and element within the bindings of x, dy and y
  firstRow: u32,
  offset: u32,
  epsilon: f32,
  // always 0, which the compiler cannot know
  zero: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> stats: array<f32>;
@group(0) @binding(3) var<storage, read_write> parts: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read> affine: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

struct Place {
  c: u32,
  block: u32,
  group: u32,
  // rows of the block: the first in the bindings' range, and their number
  row: u32,
  rows: u32,
  valid: bool,
}

fn placeOf(w: vec3u, groups: vec3u, lane: u32) -> Place {
  let c = w.x * 64u + lane;
  let i = w.y + w.z * groups.y;
  let block = params.firstBlock + i;
  let each = (ROWS + BLOCK - 1u) / BLOCK;
  let group = block / each;
  let first = (block % each) * BLOCK;
  return Place(
    c, block, group,
    group * ROWS + first - params.firstRow, min(BLOCK, ROWS - first),
    c < CHANNELS && i < params.count,
  );
}

fn at(place: Place, row: u32) -> u32 {
  return params.offset + (place.row + row) * CHANNELS + place.c;
}

fn stat(place: Place, term: u32) -> f32 {
  return stats[(term * params.groups + place.group) * CHANNELS + place.c];
}

fn deviationOf(place: Place) -> f32 {
  return inverseSqrt(stat(place, 1u) + params.epsilon);
}

fn sigmoid(v: f32) -> f32 {
  return 1.0 / (1.0 + exp(-clamp(v, -87.0, 87.0)));
}

// dy/dn of silu
fn slope(n: f32) -> f32 {
  let s = sigmoid(n);
  return s * (1.0 + n * (1.0 - s));
}

fn keep(place: Place, term: u32, sum: f32) {
  parts[(term * params.blocks + place.block) * CHANNELS + place.c] = sum;
}

// A sum and its rounding error.
struct Sum {
  sum: f32,
  lost: f32,
}

// an opaque copy of the number: otherwise the compiler may simplify the rounding errors to zero
fn hidden(v: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(v) ^ params.zero);
}

fn add(s: Sum, v: f32) -> Sum {
  let next = hidden(s.sum + v);
  let back = hidden(next - s.sum);
  return Sum(next, s.lost + (s.sum - hidden(next - back)) + (v - back));
}

@compute @workgroup_size(64)
fn sumX(@builtin(workgroup_id) w: vec3u, @builtin(num_workgroups) g: vec3u, @builtin(local_invocation_index) l: u32) {
  let place = placeOf(w, g, l);
  if (!place.valid) { return; }
  var sum = Sum();
  for (var row = 0u; row < place.rows; row++) { sum = add(sum, x[at(place, row)]); }
  keep(place, 0u, sum.sum + sum.lost);
}

@compute @workgroup_size(64)
fn sumSquares(@builtin(workgroup_id) w: vec3u, @builtin(num_workgroups) g: vec3u, @builtin(local_invocation_index) l: u32) {
  let place = placeOf(w, g, l);
  if (!place.valid) { return; }
  let mean = stat(place, 0u);
  var sum = 0.0;
  for (var row = 0u; row < place.rows; row++) {
    let v = x[at(place, row)] - mean;
    sum += v * v;
  }
  keep(place, 0u, sum);
}

@compute @workgroup_size(64)
fn normalize(@builtin(workgroup_id) w: vec3u, @builtin(num_workgroups) g: vec3u, @builtin(local_invocation_index) l: u32) {
  let place = placeOf(w, g, l);
  if (!place.valid) { return; }
  let mean = stat(place, 0u);
  let scale = deviationOf(place);
  for (var row = 0u; row < place.rows; row++) {
    let i = at(place, row);
    var n = (x[i] - mean) * scale;
    if (AFFINE) { n = n * affine[place.c] + affine[CHANNELS + place.c]; }
    if (SILU) { n *= sigmoid(n); }
    y[i] = n;
  }
}

@compute @workgroup_size(64)
fn sumGradients(@builtin(workgroup_id) w: vec3u, @builtin(num_workgroups) g: vec3u, @builtin(local_invocation_index) l: u32) {
  let place = placeOf(w, g, l);
  if (!place.valid) { return; }
  let mean = stat(place, 0u);
  let scale = deviationOf(place);
  var sum = Sum();
  var product = Sum();
  for (var row = 0u; row < place.rows; row++) {
    let i = at(place, row);
    let n = (x[i] - mean) * scale;
    var dn = dy[i];
    if (SILU) { dn *= slope(n); }
    sum = add(sum, dn);
    product = add(product, dn * n);
  }
  keep(place, 0u, sum.sum + sum.lost);
  keep(place, 1u, product.sum + product.lost);
}

@compute @workgroup_size(64)
fn gradient(@builtin(workgroup_id) w: vec3u, @builtin(num_workgroups) g: vec3u, @builtin(local_invocation_index) l: u32) {
  let place = placeOf(w, g, l);
  if (!place.valid) { return; }
  let mean = stat(place, 0u);
  let scale = deviationOf(place);
  let meanOfDn = stat(place, 2u) / f32(ROWS);
  let meanOfProduct = stat(place, 3u) / f32(ROWS);
  var factor = scale;
  if (AFFINE) { factor *= affine[place.c]; }
  for (var row = 0u; row < place.rows; row++) {
    let i = at(place, row);
    let n = (x[i] - mean) * scale;
    var dn = dy[i];
    if (SILU) { dn *= slope(n); }
    y[i] = factor * (dn - meanOfDn - n * meanOfProduct);
  }
}
