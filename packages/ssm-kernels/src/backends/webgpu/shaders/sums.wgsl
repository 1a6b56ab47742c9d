// Adds the parts of blocks of rows, set by set: result[first + set · count + i] = scale · sum over the set's blocks of
// parts[(set · blocks + block) · count + i], each sum compensated.
//
// A workgroup has 32 adjacent sums, and 8 threads for each of them, which process every eighth block.
//
// addBlocks: 0 parts (sets, blocks, count), 1 result

const WIDTH = 32u;
const LANES = 8u;

struct Params {
  // first set of the parts
  firstSet: u32,
  sets: u32,
  blocks: u32,
  count: u32,
  first: u32,
  scale: f32,
  // always 0, which the compiler cannot know
  zero: u32,
}

@group(0) @binding(0) var<storage, read> parts: array<f32>;
@group(0) @binding(1) var<storage, read_write> result: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

var<workgroup> sums: array<vec2f, 256>;

// an opaque copy of the number: otherwise the compiler may simplify the rounding errors to zero
fn hidden(v: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(v) ^ params.zero);
}

// s is a sum and its rounding error
fn add(s: vec2f, v: f32) -> vec2f {
  let next = hidden(s.x + v);
  let back = hidden(next - s.x);
  return vec2f(next, s.y + (s.x - hidden(next - back)) + (v - back));
}

@compute @workgroup_size(256)
fn addBlocks(@builtin(workgroup_id) w: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (w.x + w.y * groups.x) * WIDTH + lane % WIDTH;
  let valid = i < params.sets * params.count;
  let at = (params.firstSet + i / params.count) * params.blocks * params.count + i % params.count;
  var sum = vec2f();
  if (valid) {
    for (var block = lane / WIDTH; block < params.blocks; block += LANES) {
      sum = add(sum, parts[at + block * params.count]);
    }
  }
  sums[lane] = sum;
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half * WIDTH) {
      let other = sums[lane + half * WIDTH];
      let both = add(sums[lane], other.x);
      sums[lane] = vec2f(both.x, both.y + other.y);
    }
  }
  if (lane < WIDTH && valid) { result[params.first + i] = params.scale * (sums[lane].x + sums[lane].y); }
}
