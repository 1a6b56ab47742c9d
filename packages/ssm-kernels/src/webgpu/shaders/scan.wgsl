// The selective scan over the segments of a plan, forward and backward: all grids of a pyramid at the cost of one scan
// (docs/pyramid-scan.md has the algebra; src/scanPlan.ts makes the plan).
//
// Letters: b picture, p pixel, k direction, g group of channels that share B and C, c channel (d of them), n state, s segment,
// t position in a segment. h state, a = exp(dt A), lambda the adjoint of h.
//
// A thread has one segment and one channel, a workgroup 64 neighbouring channels of one group, so that every load and store of
// them is one row, whatever the direction. The loop over n is the outer one: a segment's numbers stay in registers, and any
// number of states works. Segments are padded to SEGMENT positions with dt = u = dy = 0, which leave a state as it is.
//
//   summary      a segment's end state from zero, and its sum of dt
//   chain        the mean over grids of the states that enter each segment (and, backward, each grid's deviation from it)
//   output       y, started from those; segment s of direction k and its mirror of direction k + 2 cover the same pixels, so one
//                thread does both and needs no atomics. Rows first, then columns, which add.
//   gradSummary  what a segment sends to the state before it when nothing arrives at its end
//   gradChain    what arrives at each segment's end, and the constant K through which the grids mix
//   gradient     du, ddelta, and the parts of dB, dC (a slice a workgroup), dA, dBias, dD (a row a segment)
//   sumSlices, sumParameters   add those up
//
// Bindings (all storage):
//   0 u (b, p, d) · 1 delta (b, p, k, d) · 2 dy (b, p, d) · 3 bc: B (b, p, k, g, n), then C · 4 par, 32-bit words: plan, weights of the
//   grids, A (k, d, n), bias (k, d), D (k, d) · 5 work, see the sections below · 6 y or du (b, p, d) · 7 ddelta (b, p, k, d)
//   8 last or dLast (b, d, n) · 9 dB · 10 dC · 11 dA (k, d, n) · 12 dBias (k, d) · 13 dD (k, d) · 14 uniform; at most 8 an entry point
// Sections of work: mean carries (b, k, s, n, d) at 0, then at the offsets of the uniform: sums of dt, later parts of dBias
// (b, k, s, d); what arrives, later parts of dA (b, k, s, n, d); deviations (grid, b, k, s, n, d), the first later K; parts of
// dD (b, k, s, d); slices of dB and dC (block, b, p, k, g, 2 n).

const WIDTH = 64u;
const MAX_SEGMENT = 16u;
const MAX_SLOTS = 32u;
const LOG2E = 1.4426950408889634;

override PIXELS: u32 = 1u;
override CHANNELS: u32 = 1u;
override STATES: u32 = 1u;
override GROUPS: u32 = 1u;
override DIRECTIONS: u32 = 1u;
// of a direction along rows, and along columns
override ROW_SEGMENTS: u32 = 1u;
override COLUMN_SEGMENTS: u32 = 1u;
// longest segment, at most MAX_SEGMENT
override SEGMENT: u32 = 1u;
override GRIDS: u32 = 1u;
override SOFTPLUS: bool = true;
// backward: the chain keeps each grid's deviation
override DEVIATIONS: bool = false;

struct Params {
  pictures: u32,
  // 0: rows, 1: columns
  axis: u32,
  // elements before the first of a run within the bindings of u, y, dy and of delta
  uFirst: u32,
  deltaFirst: u32,
  bcFirst: u32,
  sums: u32,
  arrivals: u32,
  deviations: u32,
  skips: u32,
  slices: u32,
  // sumParameters: 1 adds to what is there
  add: u32,
  // elements before the first of a run within the binding of last
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

var<workgroup> lanes: array<f32, 2048>; // 2 · MAX_SEGMENT rows of WIDTH
var<workgroup> partials: array<f32, 512>; // of each row at most 16

fn segmentsOf(k: u32) -> u32 {
  return select(ROW_SEGMENTS, COLUMN_SEGMENTS, (k & 1u) == 1u);
}

fn mostSegments() -> u32 {
  return max(ROW_SEGMENTS, COLUMN_SEGMENTS);
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
  return DIRECTIONS * mostSegments() * (3u + 2u * GRIDS);
}

fn weightOf(grid: u32) -> f32 {
  return bitcast<f32>(par[weightsAt() + grid]);
}

fn valueA(k: u32, c: u32, n: u32) -> f32 {
  return bitcast<f32>(par[weightsAt() + GRIDS + (k * CHANNELS + c) * STATES + n]);
}

fn valueBias(k: u32, c: u32) -> f32 {
  return bitcast<f32>(par[weightsAt() + GRIDS + DIRECTIONS * CHANNELS * STATES + k * CHANNELS + c]);
}

fn valueD(k: u32, c: u32) -> f32 {
  return bitcast<f32>(par[weightsAt() + GRIDS + DIRECTIONS * CHANNELS * (STATES + 1u) + k * CHANNELS + c]);
}

// sum of D over the directions, which u is multiplied by
fn skipOf(c: u32) -> f32 {
  var sum = 0.0;
  for (var k = 0u; k < DIRECTIONS; k++) { sum += valueD(k, c); }
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

// Where things lie.
fn uAt(b: u32, p: u32, c: u32) -> u32 {
  return params.uFirst + (b * PIXELS + p) * CHANNELS + c;
}

fn deltaAt(b: u32, p: u32, k: u32, c: u32) -> u32 {
  return params.deltaFirst + ((b * PIXELS + p) * DIRECTIONS + k) * CHANNELS + c;
}

// of B; C lies behind all of B
fn bAt(b: u32, p: u32, k: u32, g: u32) -> u32 {
  return (((b * PIXELS + p) * DIRECTIONS + k) * GROUPS + g) * STATES;
}

fn sizeOfB() -> u32 {
  return params.pictures * PIXELS * DIRECTIONS * GROUPS * STATES;
}

fn stateAt(b: u32, k: u32, s: u32, n: u32, c: u32) -> u32 {
  return (((b * DIRECTIONS + k) * mostSegments() + s) * STATES + n) * CHANNELS + c;
}

fn sumAt(b: u32, k: u32, s: u32, c: u32) -> u32 {
  return ((b * DIRECTIONS + k) * mostSegments() + s) * CHANNELS + c;
}

fn sizeOfStates() -> u32 {
  return params.pictures * DIRECTIONS * mostSegments() * STATES * CHANNELS;
}

// Workgroup x counts the blocks of 64 channels of all groups; a block never has channels of two.
struct Channel {
  group: u32,
  block: u32,
  c: u32,
  valid: bool,
}

fn blocksOfGroup() -> u32 {
  return (CHANNELS / GROUPS + WIDTH - 1u) / WIDTH;
}

fn channelOf(x: u32, lane: u32) -> Channel {
  let group = x / blocksOfGroup();
  let block = x % blocksOfGroup();
  let j = block * WIDTH + lane;
  let each = CHANNELS / GROUPS;
  return Channel(group, block, group * each + min(j, each - 1u), j < each);
}

// the pixel of position t; past the end the last one, whose numbers the caller masks
fn pixelOf(segment: Segment, t: u32) -> u32 {
  return u32(segment.first + segment.step * i32(min(t, segment.length - 1u)));
}

@compute @workgroup_size(64)
fn summary(@builtin(workgroup_id) w: vec3u, @builtin(local_invocation_index) lane: u32) {
  let at = channelOf(w.x, lane);
  let s = w.y;
  let k = w.z % DIRECTIONS;
  let b = w.z / DIRECTIONS;
  if (!at.valid || s >= segmentsOf(k)) { return; }
  let segment = segmentOf(k, s);
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
  for (var n = 0u; n < STATES; n++) {
    let A2 = valueA(k, at.c, n) * LOG2E;
    var h = 0.0;
    for (var t = 0u; t < SEGMENT; t++) {
      h = exp2(dt[t] * A2) * h + x[t] * bc[bAt(b, pixelOf(segment, t), k, at.group) + n];
    }
    work[stateAt(b, k, s, n, at.c)] = h;
  }
}

// Walks the segments of one direction; returns the state after the last, of the first grid.
fn chained(b: u32, k: u32, n: u32, c: u32) -> f32 {
  let A2 = valueA(k, c, n) * LOG2E;
  var carry: array<f32, MAX_SLOTS>;
  for (var s = 0u; s < segmentsOf(k); s++) {
    let at = stateAt(b, k, s, n, c);
    let own = work[at];
    let P = exp2(A2 * work[params.sums + sumAt(b, k, s, c)]);
    var mean = 0.0;
    for (var g = 0u; g < GRIDS; g++) {
      let slot = slotOf(k, s, g);
      if (startsAt(k, s, g)) { carry[slot] = 0.0; }
      mean += weightOf(g) * carry[slot];
    }
    work[at] = mean;
    for (var g = 0u; g < GRIDS; g++) {
      let slot = slotOf(k, s, g);
      if (DEVIATIONS) { work[params.deviations + g * sizeOfStates() + at] = carry[slot] - mean; }
      carry[slot] = P * carry[slot] + own;
    }
  }
  return carry[slotOf(k, segmentsOf(k) - 1u, 0u)];
}

@compute @workgroup_size(64)
fn chain(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= CHANNELS) { return; }
  _ = chained(id.z / DIRECTIONS, id.z % DIRECTIONS, id.y, id.x);
}

// one direction: the state after the last step as well
@compute @workgroup_size(64)
fn chainLast(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= CHANNELS) { return; }
  last[params.lastFirst + (id.z * CHANNELS + id.x) * STATES + id.y] = chained(id.z, 0u, id.y, id.x);
}

@compute @workgroup_size(64)
fn output(@builtin(workgroup_id) w: vec3u, @builtin(local_invocation_index) lane: u32) {
  let at = channelOf(w.x, lane);
  let b = w.z;
  if (!at.valid) { return; }
  for (var k = params.axis; k < DIRECTIONS; k += 2u) {
    let s = select(w.y, segmentsOf(k) - 1u - w.y, k >= 2u);
    let segment = segmentOf(k, s);
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
    for (var n = 0u; n < STATES; n++) {
      let A2 = valueA(k, at.c, n) * LOG2E;
      var h = work[stateAt(b, k, s, n, at.c)];
      for (var t = 0u; t < SEGMENT; t++) {
        let i = bAt(b, pixelOf(segment, t), k, at.group) + n;
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
fn gradSummary(@builtin(workgroup_id) w: vec3u, @builtin(local_invocation_index) lane: u32) {
  let at = channelOf(w.x, lane);
  let s = w.y;
  let k = w.z % DIRECTIONS;
  let b = w.z / DIRECTIONS;
  if (!at.valid || s >= segmentsOf(k)) { return; }
  let segment = segmentOf(k, s);
  let bias = valueBias(k, at.c);
  var dt: array<f32, MAX_SEGMENT>;
  var g: array<f32, MAX_SEGMENT>;
  for (var t = 0u; t < SEGMENT; t++) {
    let p = pixelOf(segment, t);
    let inside = t < segment.length;
    dt[t] = select(0.0, stepOf(delta[deltaAt(b, p, k, at.c)] + bias), inside);
    g[t] = select(0.0, dy[uAt(b, p, at.c)], inside);
  }
  for (var n = 0u; n < STATES; n++) {
    let A2 = valueA(k, at.c, n) * LOG2E;
    var v = 0.0;
    for (var i = 0u; i < SEGMENT; i++) {
      let t = SEGMENT - 1u - i;
      let C = bc[sizeOfB() + bAt(b, pixelOf(segment, t), k, at.group) + n];
      v = exp2(dt[t] * A2) * (v + C * g[t]);
    }
    work[params.arrivals + stateAt(b, k, s, n, at.c)] = v;
  }
}

// Walks the segments backwards, from what arrives at the last state.
fn chainedBack(b: u32, k: u32, n: u32, c: u32, atEnd: f32) {
  let A2 = valueA(k, c, n) * LOG2E;
  var carry: array<f32, MAX_SLOTS>;
  carry[slotOf(k, segmentsOf(k) - 1u, 0u)] = atEnd;
  for (var i = 0u; i < segmentsOf(k); i++) {
    let s = segmentsOf(k) - 1u - i;
    let at = stateAt(b, k, s, n, c);
    let own = work[params.arrivals + at];
    let P = exp2(A2 * work[params.sums + sumAt(b, k, s, c)]);
    var total = 0.0;
    var mixed = 0.0;
    for (var g = 0u; g < GRIDS; g++) {
      let slot = slotOf(k, s, g);
      let e = carry[slot];
      total += e;
      if (DEVIATIONS) { mixed += e * work[params.deviations + g * sizeOfStates() + at]; }
      carry[slot] = select(weightOf(g) * own + P * e, 0.0, startsAt(k, s, g));
    }
    work[params.arrivals + at] = total;
    if (DEVIATIONS) { work[params.deviations + at] = P * mixed; }
  }
}

@compute @workgroup_size(64)
fn gradChain(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= CHANNELS) { return; }
  chainedBack(id.z / DIRECTIONS, id.z % DIRECTIONS, id.y, id.x, 0.0);
}

@compute @workgroup_size(64)
fn gradChainLast(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= CHANNELS) { return; }
  chainedBack(id.z, 0u, id.y, id.x, last[params.lastFirst + (id.z * CHANNELS + id.x) * STATES + id.y]);
}

// Adds each of 2 · SEGMENT rows over the lanes of the workgroup, as far as to `partials` (16 places a row); returns how many
// places are used. Ends with a barrier. scanSubgroups.wgsl has the same by subgroup operations.
fn partialSums(rows: ptr<function, array<f32, 32>>, lane: u32) -> u32 {
  for (var row = 0u; row < 2u * SEGMENT; row++) { lanes[row * WIDTH + lane] = (*rows)[row]; }
  workgroupBarrier();
  for (var i = lane; i < 8u * SEGMENT; i += WIDTH) {
    let row = i / 4u;
    let part = i % 4u;
    var sum = 0.0;
    for (var j = part; j < WIDTH; j += 4u) { sum += lanes[row * WIDTH + j]; }
    partials[row * 16u + part] = sum;
  }
  workgroupBarrier();
  return 4u;
}

@compute @workgroup_size(64)
fn gradient(@builtin(workgroup_id) w: vec3u, @builtin(local_invocation_index) lane: u32) {
  let at = channelOf(w.x, lane);
  let b = w.z;
  let skip = skipOf(at.c);
  for (var k = params.axis; k < DIRECTIONS; k += 2u) {
    let s = select(w.y, segmentsOf(k) - 1u - w.y, k >= 2u);
    let segment = segmentOf(k, s);
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
    for (var n = 0u; n < STATES; n++) {
      let A = valueA(k, at.c, n);
      let A2 = A * LOG2E;
      let state = stateAt(b, k, s, n, at.c);
      var a: array<f32, MAX_SEGMENT>;
      var hs: array<f32, MAX_SEGMENT>;
      var h = work[state];
      for (var t = 0u; t < SEGMENT; t++) {
        a[t] = exp2(dt[t] * A2);
        h = a[t] * h + x[t] * bc[bAt(b, pixelOf(segment, t), k, at.group) + n];
        hs[t] = h;
      }
      var v = work[params.arrivals + state];
      var K = 0.0;
      if (DEVIATIONS) { K = work[params.deviations + state]; }
      var sumA = 0.0;
      var rows: array<f32, 32>; // terms of dB, then of dC
      for (var i = 0u; i < SEGMENT; i++) {
        let t = SEGMENT - 1u - i;
        let at0 = bAt(b, pixelOf(segment, t), k, at.group) + n;
        let B = bc[at0];
        let lambda = bc[sizeOfB() + at0] * g[t] + v;
        let q = lambda * (hs[t] - x[t] * B) + K;
        sumB[t] += lambda * B;
        sumQ[t] += A * q;
        sumA += dt[t] * q;
        rows[t] = lambda * x[t];
        rows[SEGMENT + t] = g[t] * hs[t];
        v = a[t] * lambda;
      }
      if (at.valid) { work[params.arrivals + state] = sumA; }
      let parts = partialSums(&rows, lane);
      if (lane < 2u * SEGMENT && lane % SEGMENT < segment.length) {
        var sum = 0.0;
        for (var i = 0u; i < parts; i++) { sum += partials[lane * 16u + i]; }
        let size = 2u * sizeOfB();
        let pixel = bAt(b, pixelOf(segment, lane % SEGMENT), k, at.group) * 2u;
        work[params.slices + at.block * size + pixel + (lane / SEGMENT) * STATES + n] = sum;
      }
      // the next round writes what this one still reads
      workgroupBarrier();
    }
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
  let at = params.slices + (i / STATES) * 2u * STATES + i % STATES;
  var sums = vec2f();
  for (var block = 0u; block < blocksOfGroup(); block++) {
    let slice = at + block * 2u * sizeOfB();
    sums += vec2f(work[slice], work[slice + STATES]);
  }
  dB[params.bcFirst + i] = sums.x;
  dC[params.bcFirst + i] = sums.y;
}

// id: channel, state (one past the last: bias and skip), direction. Four sums side by side lose fewer digits than one.
@compute @workgroup_size(64)
fn sumParameters(@builtin(global_invocation_id) id: vec3u) {
  let c = id.x;
  let n = id.y;
  let k = id.z;
  if (c >= CHANNELS) { return; }
  var first = vec4f();
  var second = vec4f();
  for (var b = 0u; b < params.pictures; b++) {
    for (var s = 0u; s < segmentsOf(k); s++) {
      let lane = s & 3u;
      if (n < STATES) {
        first[lane] += work[params.arrivals + stateAt(b, k, s, n, c)];
      } else {
        first[lane] += work[params.sums + sumAt(b, k, s, c)];
        second[lane] += work[params.skips + sumAt(b, k, s, c)];
      }
    }
  }
  let sum = (first.x + first.y) + (first.z + first.w);
  if (n < STATES) {
    let i = (k * CHANNELS + c) * STATES + n;
    if (params.add == 1u) { dA[i] += sum; } else { dA[i] = sum; }
  } else {
    let i = k * CHANNELS + c;
    let skip = (second.x + second.y) + (second.z + second.w);
    if (params.add == 1u) {
      dBias[i] += sum;
      dD[i] += skip;
    } else {
      dBias[i] = sum;
      dD[i] = skip;
    }
  }
}
