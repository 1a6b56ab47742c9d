// silu(depthwise convolution of stride 1, padding k / 2, + bias) and its gradient. x is (b, h, w, c), filter (k, k, c), bias (c).
// A thread has one channel of one pixel, adjacent threads have adjacent channels.
//
// forward       0 x · 1 filter · 2 bias · 5 y = silu(v)
// preGradient   0 x · 1 filter · 2 bias · 3 dy · 5 dv = dy · silu'(v), with v recomputed
// inputGradient 0 dv, as x · 1 filter · 5 dx
// filterSums    0 x · 3 dv, as dy · 5 parts (block, k, k, c): sums over blocks of BLOCK pixels, for sums.wgsl

const WIDTH = 64u;
const BLOCK = 64u;

override CHANNELS: u32 = 1u;
override HEIGHT: u32 = 1u;
override COLUMNS: u32 = 1u;
override K: u32 = 1u;

struct Params {
  // pixels of this range of pictures
  pixels: u32,
  // first element of the range within the bindings of x, dy, y
  offset: u32,
  // filterSums: blocks before this range's
  firstBlock: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read> dy: array<f32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

fn sigmoid(v: f32) -> f32 {
  return 1.0 / (1.0 + exp(-clamp(v, -87.0, 87.0)));
}

// element of the pixel at offset `row`, `column`, or -1 outside the picture
fn neighbour(pixel: u32, row: i32, column: i32, c: u32) -> i32 {
  let i = i32((pixel / COLUMNS) % HEIGHT) + row;
  let j = i32(pixel % COLUMNS) + column;
  if (i < 0 || j < 0 || i >= i32(HEIGHT) || j >= i32(COLUMNS)) { return -1; }
  return i32(params.offset + c) + (i32(pixel) + row * i32(COLUMNS) + column) * i32(CHANNELS);
}

// sign 1: the convolution at a pixel; -1: with the flipped filter, as in the gradient
fn convolved(pixel: u32, c: u32, sign: i32) -> f32 {
  let half = i32(K / 2u);
  var sum = 0.0;
  for (var i = 0u; i < K; i++) {
    for (var j = 0u; j < K; j++) {
      let at = neighbour(pixel, sign * (i32(i) - half), sign * (i32(j) - half), c);
      if (at >= 0) { sum += x[at] * weights[(i * K + j) * CHANNELS + c]; }
    }
  }
  return sum;
}

struct Place {
  pixel: u32,
  c: u32,
  valid: bool,
}

fn placeOf(w: vec3u, groups: vec3u, lane: u32) -> Place {
  let pixel = w.y + w.z * groups.y;
  let c = w.x * WIDTH + lane;
  return Place(pixel, c, pixel < params.pixels && c < CHANNELS);
}

fn element(place: Place) -> u32 {
  return params.offset + place.pixel * CHANNELS + place.c;
}

@compute @workgroup_size(64)
fn forward(@builtin(workgroup_id) w: vec3u, @builtin(num_workgroups) g: vec3u, @builtin(local_invocation_index) l: u32) {
  let place = placeOf(w, g, l);
  if (!place.valid) { return; }
  let v = convolved(place.pixel, place.c, 1) + bias[place.c];
  y[element(place)] = v * sigmoid(v);
}

@compute @workgroup_size(64)
fn preGradient(@builtin(workgroup_id) w: vec3u, @builtin(num_workgroups) g: vec3u, @builtin(local_invocation_index) l: u32) {
  let place = placeOf(w, g, l);
  if (!place.valid) { return; }
  let v = convolved(place.pixel, place.c, 1) + bias[place.c];
  let s = sigmoid(v);
  let i = element(place);
  y[i] = dy[i] * s * (1.0 + v * (1.0 - s));
}

@compute @workgroup_size(64)
fn inputGradient(@builtin(workgroup_id) w: vec3u, @builtin(num_workgroups) g: vec3u, @builtin(local_invocation_index) l: u32) {
  let place = placeOf(w, g, l);
  if (!place.valid) { return; }
  y[element(place)] = convolved(place.pixel, place.c, -1);
}

@compute @workgroup_size(64)
fn filterSums(@builtin(workgroup_id) w: vec3u, @builtin(num_workgroups) g: vec3u, @builtin(local_invocation_index) l: u32) {
  let block = w.y + w.z * g.y;
  let c = w.x * WIDTH + l;
  let first = block * BLOCK;
  if (c >= CHANNELS || first >= params.pixels) { return; }
  let half = i32(K / 2u);
  for (var i = 0u; i < K; i++) {
    for (var j = 0u; j < K; j++) {
      var sum = 0.0;
      for (var pixel = first; pixel < min(first + BLOCK, params.pixels); pixel++) {
        let at = neighbour(pixel, i32(i) - half, i32(j) - half, c);
        if (at >= 0) { sum += x[at] * dy[params.offset + pixel * CHANNELS + c]; }
      }
      y[(((params.firstBlock + block) * K + i) * K + j) * CHANNELS + c] = sum;
    }
  }
}
