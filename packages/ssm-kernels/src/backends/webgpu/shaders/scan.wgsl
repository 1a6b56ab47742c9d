// The selective scan over the segments of a plan, forward and backward: all grids of a pyramid at the cost of one scan
// (docs/pyramid-scan.md has the algebra; src/scan/scanPlan.ts creates the plan).
//
// Letters: b picture, p pixel, k direction, g group of channels that share B and C, c channel (d of them), n state, s segment,
// t position in a segment. h state, a = exp(dt A), lambda the adjoint of h.
//
// A thread has one segment and one channel, a workgroup 64 adjacent channels of one group, so that every load and store is a row
// in every direction. The loop over n is the outer one: a segment's values stay in registers, and any number of states works.
// Segments are padded to SEGMENT positions with dt = u = dy = 0, which do not change a state.
//
//   summary      a segment's end state from zero, and its sum of dt
//   chain        the mean over grids of the states that enter each segment (and, backward, each grid's difference from
//                the first one's)
//   output       y, started from those; segment s of direction k and its mirror of direction k + 2 cover the same pixels, so one
//                thread computes both without atomics. Rows first, then columns, which add.
//   gradSummary  the adjoint a segment passes to the state before it if none enters at its end
//   gradChain    the adjoint at each segment's end, and the constant K that couples the grids
//   gradient     du, ddelta, and the parts of dB, dC (a slice per block of channels), dA, dBias, dD (a row per segment)
//   sumSlices, sumParameters   add the parts
//
// Bindings (storage, but the last):
//   0 u (b, p, d) · 1 delta (b, p, k, d) · 2 dy (b, p, d) · 3 bc: B (b, p, k, g, n), then C · 4 par, 32-bit words: plan, weights of the
//   grids, A (k, d, n), bias (k, d), D (k, d) · 5 work, see the sections below · 6 y or du (b, p, d) · 7 ddelta (b, p, k, d)
//   8 last or dLast (b, d, n) · 9 dB · 10 dC · 11 dA (k, d, n) · 12 dBias (k, d) · 13 dD (k, d) · 14 uniform
// An entry point has at most 8 storage buffers, the limit of some devices.
// Sections of work: mean carries (b, k, s, n, d) at 0, then at the offsets of the uniform: sums of dt, later parts of dBias
// (b, k, s, d); adjoints, later parts of dA (b, k, s, n, d); differences (grids but the first, b, k, s, n, d), the first
// later K; parts of dD (b, k, s, d); slices of dB and dC (block, b, p, k, g, 2 n).

const WIDTH = 64u;
const MAX_SEGMENT = 16u;
const MAX_SLOTS = 32u;
// segments that a chain reads ahead
const AHEAD = 8u;
// strides of `lanes` and of `partials`, chosen to avoid bank conflicts
const LANES_ROW = 68u;
const PARTIALS_ROW = 20u;
const LOG2E = 1.4426950408889634;

// longest segment, at most MAX_SEGMENT
override SEGMENT: u32 = 1u;
override GRIDS: u32 = 1u;
override SOFTPLUS: bool = true;
// backward with several grids: the chain stores their differences
override DIFFERENCES: bool = false;

struct Params {
  pixels: u32,
  channels: u32,
  states: u32,
  groups: u32,
  directions: u32,
  // of a direction along rows, and along columns
  rowSegments: u32,
  columnSegments: u32,
  pictures: u32,
  // 0: rows, 1: columns
  axis: u32,
  // offset of a range within the bindings of u, y, dy and of delta, in elements
  uFirst: u32,
  deltaFirst: u32,
  bcFirst: u32,
  sums: u32,
  arrivals: u32,
  differences: u32,
  skips: u32,
  slices: u32,
  // sumParameters: 1 adds to the existing values
  add: u32,
  // offset of a range within the binding of last, in elements
  lastFirst: u32,
}

@group(0) @binding(0) var<storage, read> u: array<f32>;
@group(0) @binding(1) var<storage, read> delta: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read> bc: array<f32>;
@group(0) @binding(4) var<storage, read> par: array<u32>;
@group(0) @binding(5) var<storage, read_write> work: array<f32>;
@group(0) @binding(6) var<storage, read_write> y: array<f32>;
@group(0) @binding(7) var<storage, read_write> ddelta: array<f32>;
@group(0) @binding(8) var<storage, read_write> last: array<f32>;
@group(0) @binding(9) var<storage, read_write> dB: array<f32>;
@group(0) @binding(10) var<storage, read_write> dC: array<f32>;
@group(0) @binding(11) var<storage, read_write> dA: array<f32>;
@group(0) @binding(12) var<storage, read_write> dBias: array<f32>;
@group(0) @binding(13) var<storage, read_write> dD: array<f32>;
@group(0) @binding(14) var<uniform> params: Params;

var<workgroup> lanes: array<f32, 2176>; // 2 · MAX_SEGMENT rows of WIDTH
var<workgroup> partials: array<array<f32, 640>, 2>;

fn segmentsOf(k: u32) -> u32 {
  return select(params.rowSegments, params.columnSegments, (k & 1u) == 1u);
}

fn mostSegments() -> u32 {
  return max(params.rowSegments, params.columnSegments);
}

struct Segment {
  first: i32,
  step: i32,
  length: u32,
}

fn entry(k: u32, s: u32) -> u32 {
  return (k * mostSegments() + s) * (3u + 2u * GRIDS);
}

fn segmentOf(k: u32, s: u32) -> Segment {
  let at = entry(k, s);
  return Segment(bitcast<i32>(par[at]), bitcast<i32>(par[at + 1u]), par[at + 2u]);
}

fn slotOf(k: u32, s: u32, grid: u32) -> u32 {
  return par[entry(k, s) + 3u + 2u * grid];
}

// whether a grid's state starts from zero here
fn startsAt(k: u32, s: u32, grid: u32) -> bool {
  return par[entry(k, s) + 4u + 2u * grid] == 1u;
}

fn weightsAt() -> u32 {
  return params.directions * mostSegments() * (3u + 2u * GRIDS);
}

fn weightOf(grid: u32) -> f32 {
  return bitcast<f32>(par[weightsAt() + grid]);
}

fn valueA(k: u32, c: u32, n: u32) -> f32 {
  return bitcast<f32>(par[weightsAt() + GRIDS + (k * params.channels + c) * params.states + n]);
}

fn valueBias(k: u32, c: u32) -> f32 {
  return bitcast<f32>(par[weightsAt() + GRIDS + params.directions * params.channels * params.states + k * params.channels + c]);
}

fn valueD(k: u32, c: u32) -> f32 {
  return bitcast<f32>(par[weightsAt() + GRIDS + params.directions * params.channels * (params.states + 1u) + k * params.channels + c]);
}

// sum of D over the directions, which multiplies u
fn skipOf(c: u32) -> f32 {
  var sum = 0.0;
  for (var k = 0u; k < params.directions; k++) { sum += valueD(k, c); }
  return sum;
}

// log(1 + e) for 0 <= e <= 1 as 2 artanh(e / (2 + e)): WGSL's log is too coarse near 1
fn log1p(e: f32) -> f32 {
  let r = e / (2.0 + e);
  let q = r * r;
  return 2.0 * r * (1.0 + q * (1.0 / 3.0 + q * (0.2 + q * (1.0 / 7.0 + q * (1.0 / 9.0 + q * (1.0 / 11.0 + q / 13.0))))));
}

fn softplus(x: f32) -> f32 {
  return max(x, 0.0) + log1p(exp(-min(abs(x), 87.0)));
}

fn sigmoid(x: f32) -> f32 {
  return 1.0 / (1.0 + exp(-clamp(x, -87.0, 87.0)));
}

fn stepOf(raw: f32) -> f32 {
  if (SOFTPLUS) { return softplus(raw); }
  return raw;
}

// Memory layout.
fn uAt(b: u32, p: u32, c: u32) -> u32 {
  return params.uFirst + (b * params.pixels + p) * params.channels + c;
}

fn deltaAt(b: u32, p: u32, k: u32, c: u32) -> u32 {
  return params.deltaFirst + ((b * params.pixels + p) * params.directions + k) * params.channels + c;
}

// of B; C follows all of B
fn bAt(b: u32, p: u32, k: u32, g: u32) -> u32 {
  return (((b * params.pixels + p) * params.directions + k) * params.groups + g) * params.states;
}

fn sizeOfB() -> u32 {
  return params.pictures * params.pixels * params.directions * params.groups * params.states;
}

fn stateAt(b: u32, k: u32, s: u32, n: u32, c: u32) -> u32 {
  return (((b * params.directions + k) * mostSegments() + s) * params.states + n) * params.channels + c;
}

fn sumAt(b: u32, k: u32, s: u32, c: u32) -> u32 {
  return ((b * params.directions + k) * mostSegments() + s) * params.channels + c;
}

fn sizeOfStates() -> u32 {
  return params.pictures * params.directions * mostSegments() * params.states * params.channels;
}

// Block x of the blocks of 64 channels of all groups; a block is within one group.
struct Channel {
  group: u32,
  block: u32,
  c: u32,
  valid: bool,
}

fn blocksOfGroup() -> u32 {
  return (params.channels / params.groups + WIDTH - 1u) / WIDTH;
}

fn channelOf(x: u32, lane: u32) -> Channel {
  let group = x / blocksOfGroup();
  let block = x % blocksOfGroup();
  let j = block * WIDTH + lane;
  let each = params.channels / params.groups;
  return Channel(group, block, group * each + min(j, each - 1u), j < each);
}

// A workgroup's block of channels, and its segment: indexed by x and y, since one dimension may be too small.
struct Place {
  block: u32,
  segment: u32,
}

fn placeOf(w: vec3u, groups: vec3u) -> Place {
  let i = w.x + w.y * groups.x;
  let blocks = params.groups * blocksOfGroup();
  return Place(i % blocks, i / blocks);
}

// the pixel of position t; past the end the last one, whose values the caller masks
fn pixelOf(segment: Segment, t: u32) -> u32 {
  return u32(segment.first + segment.step * i32(min(t, segment.length - 1u)));
}

// B of a segment's positions: computed once, since the loops over n and t read it most
struct Rows {
  first: i32,
  step: i32,
  last: u32,
}

fn rowsOf(b: u32, k: u32, g: u32, segment: Segment) -> Rows {
  let first = i32(bAt(b, u32(segment.first), k, g));
  return Rows(first, segment.step * i32(params.directions * params.groups * params.states), segment.length - 1u);
}

fn rowAt(rows: Rows, t: u32) -> u32 {
  return u32(rows.first + rows.step * i32(min(t, rows.last)));
}

@compute @workgroup_size(64)
fn summary(@builtin(workgroup_id) w: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let place = placeOf(w, groups);
  let at = channelOf(place.block, lane);
  let s = place.segment;
  let k = w.z % params.directions;
  let b = w.z / params.directions;
  if (!at.valid || s >= segmentsOf(k)) { return; }
  let segment = segmentOf(k, s);
  let rows = rowsOf(b, k, at.group, segment);
  let bias = valueBias(k, at.c);
  var dt: array<f32, MAX_SEGMENT>;
  var x: array<f32, MAX_SEGMENT>;
  var sum = 0.0;
  for (var t = 0u; t < SEGMENT; t++) {
    let p = pixelOf(segment, t);
    let step = select(0.0, stepOf(delta[deltaAt(b, p, k, at.c)] + bias), t < segment.length);
    dt[t] = step;
    x[t] = step * u[uAt(b, p, at.c)];
    sum += step;
  }
  work[params.sums + sumAt(b, k, s, at.c)] = sum;
  for (var n = 0u; n < params.states; n++) {
    let A2 = valueA(k, at.c, n) * LOG2E;
    var h = 0.0;
    for (var t = 0u; t < SEGMENT; t++) {
      h = exp2(dt[t] * A2) * h + x[t] * bc[rowAt(rows, t) + n];
    }
    work[stateAt(b, k, s, n, at.c)] = h;
  }
}

// Processes the segments of one direction; returns the first grid's state after the last. Few threads process many segments, so
// only prefetching hides the memory latency.
fn chained(b: u32, k: u32, n: u32, c: u32) -> f32 {
  let A2 = valueA(k, c, n) * LOG2E;
  let count = segmentsOf(k);
  var carry: array<f32, MAX_SLOTS>;
  for (var first = 0u; first < count; first += AHEAD) {
    var own: array<f32, AHEAD>;
    var P: array<f32, AHEAD>;
    for (var i = 0u; i < AHEAD; i++) {
      let s = min(first + i, count - 1u);
      own[i] = work[stateAt(b, k, s, n, c)];
      P[i] = exp2(A2 * work[params.sums + sumAt(b, k, s, c)]);
    }
    for (var i = 0u; i < AHEAD; i++) {
      let s = first + i;
      if (s < count) {
        let at = stateAt(b, k, s, n, c);
        var mean = 0.0;
        var c0 = 0.0;
        for (var g = 0u; g < GRIDS; g++) {
          let slot = slotOf(k, s, g);
          let entering = select(carry[slot], 0.0, startsAt(k, s, g));
          mean += weightOf(g) * entering;
          if (g == 0u) { c0 = entering; }
          if (DIFFERENCES && g > 0u) { work[params.differences + (g - 1u) * sizeOfStates() + at] = entering - c0; }
          carry[slot] = P[i] * entering + own[i];
        }
        work[at] = mean;
      }
    }
  }
  return carry[slotOf(k, count - 1u, 0u)];
}

@compute @workgroup_size(64)
fn chain(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.channels) { return; }
  _ = chained(id.z / params.directions, id.z % params.directions, id.y, id.x);
}

// one direction: the state after the last step as well
@compute @workgroup_size(64)
fn chainLast(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.channels) { return; }
  last[params.lastFirst + (id.z * params.channels + id.x) * params.states + id.y] = chained(id.z, 0u, id.y, id.x);
}

@compute @workgroup_size(64)
fn output(@builtin(workgroup_id) w: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let place = placeOf(w, groups);
  let at = channelOf(place.block, lane);
  let b = w.z;
  if (!at.valid || place.segment >= segmentsOf(params.axis)) { return; }
  for (var k = params.axis; k < params.directions; k += 2u) {
    let s = select(place.segment, segmentsOf(k) - 1u - place.segment, k >= 2u);
    let segment = segmentOf(k, s);
    let rows = rowsOf(b, k, at.group, segment);
    let bias = valueBias(k, at.c);
    var dt: array<f32, MAX_SEGMENT>;
    var x: array<f32, MAX_SEGMENT>;
    var sum: array<f32, MAX_SEGMENT>;
    for (var t = 0u; t < SEGMENT; t++) {
      let p = pixelOf(segment, t);
      let step = select(0.0, stepOf(delta[deltaAt(b, p, k, at.c)] + bias), t < segment.length);
      dt[t] = step;
      x[t] = step * u[uAt(b, p, at.c)];
      sum[t] = 0.0;
    }
    for (var n = 0u; n < params.states; n++) {
      let A2 = valueA(k, at.c, n) * LOG2E;
      var h = work[stateAt(b, k, s, n, at.c)];
      for (var t = 0u; t < SEGMENT; t++) {
        let i = rowAt(rows, t) + n;
        h = exp2(dt[t] * A2) * h + x[t] * bc[i];
        sum[t] += h * bc[sizeOfB() + i];
      }
    }
    for (var t = 0u; t < segment.length; t++) {
      let i = uAt(b, pixelOf(segment, t), at.c);
      if (k == 0u) { y[i] = sum[t] + skipOf(at.c) * u[i]; } else { y[i] += sum[t]; }
    }
  }
}

@compute @workgroup_size(64)
fn gradSummary(@builtin(workgroup_id) w: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let place = placeOf(w, groups);
  let at = channelOf(place.block, lane);
  let s = place.segment;
  let k = w.z % params.directions;
  let b = w.z / params.directions;
  if (!at.valid || s >= segmentsOf(k)) { return; }
  let segment = segmentOf(k, s);
  let rows = rowsOf(b, k, at.group, segment);
  let bias = valueBias(k, at.c);
  var dt: array<f32, MAX_SEGMENT>;
  var g: array<f32, MAX_SEGMENT>;
  for (var t = 0u; t < SEGMENT; t++) {
    let p = pixelOf(segment, t);
    let inside = t < segment.length;
    dt[t] = select(0.0, stepOf(delta[deltaAt(b, p, k, at.c)] + bias), inside);
    g[t] = select(0.0, dy[uAt(b, p, at.c)], inside);
  }
  for (var n = 0u; n < params.states; n++) {
    let A2 = valueA(k, at.c, n) * LOG2E;
    var v = 0.0;
    for (var i = 0u; i < SEGMENT; i++) {
      let t = SEGMENT - 1u - i;
      let C = bc[sizeOfB() + rowAt(rows, t) + n];
      v = exp2(dt[t] * A2) * (v + C * g[t]);
    }
    work[params.arrivals + stateAt(b, k, s, n, at.c)] = v;
  }
}

// Processes the segments in reverse, from the adjoint of the last state. With e_g the adjoint of grid g's state, E their sum and
// c_g - c_0 the differences: K = P sum of e_g (c_g - mean) = P sum over g > 0 of (e_g - w_g E)(c_g - c_0).
fn chainedBack(b: u32, k: u32, n: u32, c: u32, atEnd: f32) {
  let A2 = valueA(k, c, n) * LOG2E;
  let count = segmentsOf(k);
  var carry: array<f32, MAX_SLOTS>;
  carry[slotOf(k, count - 1u, 0u)] = atEnd;
  for (var first = 0u; first < count; first += AHEAD) {
    var own: array<f32, AHEAD>;
    var P: array<f32, AHEAD>;
    var difference: array<f32, AHEAD>; // of the second grid; more than two grids are rare
    for (var i = 0u; i < AHEAD; i++) {
      let s = count - 1u - min(first + i, count - 1u);
      let at = stateAt(b, k, s, n, c);
      own[i] = work[params.arrivals + at];
      P[i] = exp2(A2 * work[params.sums + sumAt(b, k, s, c)]);
      if (DIFFERENCES) { difference[i] = work[params.differences + at]; }
    }
    for (var i = 0u; i < AHEAD; i++) {
      if (first + i < count) {
        let s = count - 1u - first - i;
        let at = stateAt(b, k, s, n, c);
        var total = 0.0;
        for (var g = 0u; g < GRIDS; g++) { total += carry[slotOf(k, s, g)]; }
        var mixed = 0.0;
        for (var g = 0u; g < GRIDS; g++) {
          let slot = slotOf(k, s, g);
          let e = carry[slot];
          if (g == 1u) { mixed += (e - weightOf(g) * total) * difference[i]; }
          if (g > 1u) { mixed += (e - weightOf(g) * total) * work[params.differences + (g - 1u) * sizeOfStates() + at]; }
          carry[slot] = select(weightOf(g) * own[i] + P[i] * e, 0.0, startsAt(k, s, g));
        }
        work[params.arrivals + at] = total;
        if (DIFFERENCES) { work[params.differences + at] = P[i] * mixed; }
      }
    }
  }
}

@compute @workgroup_size(64)
fn gradChain(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.channels) { return; }
  chainedBack(id.z / params.directions, id.z % params.directions, id.y, id.x, 0.0);
}

@compute @workgroup_size(64)
fn gradChainLast(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= params.channels) { return; }
  chainedBack(id.z, 0u, id.y, id.x, last[params.lastFirst + (id.z * params.channels + id.x) * params.states + id.y]);
}

// Sums each of 2 · SEGMENT rows over the lanes of the workgroup to at most 16 `partials` per row; returns their number. They are
// double-buffered: a round may write while the previous one is still read. scanSubgroups.wgsl has the same function with
// subgroup operations.
fn partialSums(rows: ptr<function, array<f32, 32>>, lane: u32, side: u32) -> u32 {
  for (var row = 0u; row < 2u * SEGMENT; row++) { lanes[row * LANES_ROW + lane] = (*rows)[row]; }
  workgroupBarrier();
  for (var i = lane; i < 8u * SEGMENT; i += WIDTH) {
    let row = i / 4u;
    let part = i % 4u;
    var sum = 0.0;
    for (var j = part; j < WIDTH; j += 4u) { sum += lanes[row * LANES_ROW + j]; }
    partials[side][row * PARTIALS_ROW + part] = sum;
  }
  workgroupBarrier();
  return 4u;
}

@compute @workgroup_size(64)
fn gradient(@builtin(workgroup_id) w: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let place = placeOf(w, groups);
  let at = channelOf(place.block, lane);
  let b = w.z;
  if (place.segment >= segmentsOf(params.axis)) { return; }
  let skip = skipOf(at.c);
  for (var k = params.axis; k < params.directions; k += 2u) {
    let s = select(place.segment, segmentsOf(k) - 1u - place.segment, k >= 2u);
    let segment = segmentOf(k, s);
    let rows = rowsOf(b, k, at.group, segment);
    let bias = valueBias(k, at.c);
    var dt: array<f32, MAX_SEGMENT>;
    var x: array<f32, MAX_SEGMENT>; // dt u
    var g: array<f32, MAX_SEGMENT>;
    var sumB: array<f32, MAX_SEGMENT>; // over n of lambda B
    var sumQ: array<f32, MAX_SEGMENT>; // over n of A q
    for (var t = 0u; t < SEGMENT; t++) {
      let p = pixelOf(segment, t);
      let inside = at.valid && t < segment.length;
      let step = select(0.0, stepOf(delta[deltaAt(b, p, k, at.c)] + bias), inside);
      dt[t] = step;
      x[t] = step * u[uAt(b, p, at.c)];
      g[t] = select(0.0, dy[uAt(b, p, at.c)], inside);
      sumB[t] = 0.0;
      sumQ[t] = 0.0;
    }
    for (var n = 0u; n < params.states; n++) {
      let A = valueA(k, at.c, n);
      let A2 = A * LOG2E;
      let state = stateAt(b, k, s, n, at.c);
      var B: array<f32, MAX_SEGMENT>;
      var a: array<f32, MAX_SEGMENT>;
      var hs: array<f32, MAX_SEGMENT>;
      var h = work[state];
      for (var t = 0u; t < SEGMENT; t++) {
        B[t] = bc[rowAt(rows, t) + n];
        a[t] = exp2(dt[t] * A2);
        h = a[t] * h + x[t] * B[t];
        hs[t] = h;
      }
      var v = 0.0;
      var K = 0.0;
      // the other lanes share the location of a valid lane, which writes it
      if (at.valid) {
        v = work[params.arrivals + state];
        if (DIFFERENCES) { K = work[params.differences + state]; }
      }
      var sumA = 0.0;
      var terms: array<f32, 32>; // of dB, then of dC
      for (var i = 0u; i < SEGMENT; i++) {
        let t = SEGMENT - 1u - i;
        let lambda = bc[sizeOfB() + rowAt(rows, t) + n] * g[t] + v;
        let q = lambda * (hs[t] - x[t] * B[t]) + K;
        sumB[t] += lambda * B[t];
        sumQ[t] += A * q;
        sumA += dt[t] * q;
        terms[t] = lambda * x[t];
        terms[SEGMENT + t] = g[t] * hs[t];
        v = a[t] * lambda;
      }
      if (at.valid) { work[params.arrivals + state] = sumA; }
      let side = n & 1u;
      let parts = partialSums(&terms, lane, side);
      if (lane < 2u * SEGMENT && lane % SEGMENT < segment.length) {
        var sum = 0.0;
        for (var i = 0u; i < parts; i++) { sum += partials[side][lane * PARTIALS_ROW + i]; }
        let slice = params.slices + 2u * (at.block * sizeOfB() + rowAt(rows, lane % SEGMENT));
        work[slice + (lane / SEGMENT) * params.states + n] = sum;
      }
    }
    // the next direction starts with the first buffer again
    workgroupBarrier();
    if (at.valid) {
      var sumBias = 0.0;
      var sumSkip = 0.0;
      for (var t = 0u; t < segment.length; t++) {
        let p = pixelOf(segment, t);
        let i = uAt(b, p, at.c);
        let j = deltaAt(b, p, k, at.c);
        var slope = sumQ[t] + u[i] * sumB[t];
        if (SOFTPLUS) { slope *= sigmoid(delta[j] + bias); }
        ddelta[j] = slope;
        sumBias += slope;
        sumSkip += u[i] * g[t];
        let du = sumB[t] * dt[t];
        if (k == 0u) { y[i] = du + skip * g[t]; } else { y[i] += du; }
      }
      work[params.sums + sumAt(b, k, s, at.c)] = sumBias;
      work[params.skips + sumAt(b, k, s, at.c)] = sumSkip;
    }
  }
}

@compute @workgroup_size(64)
fn sumSlices(@builtin(workgroup_id) w: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (w.x + w.y * groups.x) * WIDTH + lane;
  if (i >= sizeOfB()) { return; }
  let at = params.slices + (i / params.states) * 2u * params.states + i % params.states;
  var sums = vec2f();
  for (var block = 0u; block < blocksOfGroup(); block++) {
    let slice = at + block * 2u * sizeOfB();
    sums += vec2f(work[slice], work[slice + params.states]);
  }
  dB[params.bcFirst + i] = sums.x;
  dC[params.bcFirst + i] = sums.y;
}

// The sum of this thread's segments, every fourth, over all pictures; `stride` from segment to segment. Four parallel sums
// hide more memory latency than one, and are more precise.
fn sumOfSegments(first: u32, k: u32, stride: u32, own: u32) -> f32 {
  let count = segmentsOf(k);
  var sums = vec4f();
  for (var b = 0u; b < params.pictures; b++) {
    let start = first + (b * params.directions + k) * mostSegments() * stride;
    for (var s = own; s < count; s += 16u) {
      let at = start + s * stride;
      let last = start + (count - 1u) * stride;
      let more = vec3<bool>(s + 4u < count, s + 8u < count, s + 12u < count);
      let x = vec3f(
        work[min(at + 4u * stride, last)],
        work[min(at + 8u * stride, last)],
        work[min(at + 12u * stride, last)],
      );
      sums += vec4f(work[at], select(vec3f(), x, more));
    }
  }
  return (sums.x + sums.y) + (sums.z + sums.w);
}

// sums over the four threads of a channel; all threads of the workgroup must call it
fn sumOfFour(sum: f32, lane: u32) -> f32 {
  workgroupBarrier();
  lanes[lane] = sum;
  workgroupBarrier();
  let c = lane % WIDTH;
  return (lanes[c] + lanes[WIDTH + c]) + (lanes[2u * WIDTH + c] + lanes[3u * WIDTH + c]);
}

// y of the workgroup: state, or one past the last: bias and skip; z: direction
@compute @workgroup_size(64, 4)
fn sumParameters(@builtin(workgroup_id) w: vec3u, @builtin(local_invocation_id) id: vec3u, @builtin(local_invocation_index) lane: u32) {
  let c = w.x * WIDTH + id.x;
  let channel = min(c, params.channels - 1u);
  let n = w.y;
  let k = w.z;
  let writes = c < params.channels && id.y == 0u;
  if (n < params.states) {
    let sum = sumOfFour(sumOfSegments(params.arrivals + n * params.channels + channel, k, params.states * params.channels, id.y), lane);
    let i = (k * params.channels + channel) * params.states + n;
    if (writes) { dA[i] = select(sum, dA[i] + sum, params.add == 1u); }
  } else {
    let bias = sumOfFour(sumOfSegments(params.sums + channel, k, params.channels, id.y), lane);
    let skip = sumOfFour(sumOfSegments(params.skips + channel, k, params.channels, id.y), lane);
    let i = k * params.channels + channel;
    if (writes) {
      dBias[i] = select(bias, dBias[i] + bias, params.add == 1u);
      dD[i] = select(skip, dD[i] + skip, params.add == 1u);
    }
  }
}
