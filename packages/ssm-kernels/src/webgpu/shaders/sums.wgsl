// Adds up what blocks of rows have left, set by set: result[first + set · count + i] = scale · sum over the set's blocks of
// parts[(set · blocks + block) · count + i], each sum with the rounding errors of its additions carried along.
//
// addBlocks: 0 parts (sets, blocks, count), 1 result

struct Params {
  // set of the parts that comes first
  firstSet: u32,
  sets: u32,
  blocks: u32,
  count: u32,
  first: u32,
  scale: f32,
}

@group(0) @binding(0) var<storage, read> parts: array<f32>;
@group(0) @binding(1) var<storage, read_write> result: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn addBlocks(@builtin(workgroup_id) w: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (w.x + w.y * groups.x) * 64u + lane;
  if (i >= params.sets * params.count) { return; }
  let at = (params.firstSet + i / params.count) * params.blocks * params.count + i % params.count;
  var sum = 0.0;
  var lost = 0.0;
  for (var block = 0u; block < params.blocks; block++) {
    let v = parts[at + block * params.count];
    let next = sum + v;
    let back = next - sum;
    lost += (sum - (next - back)) + (v - back);
    sum = next;
  }
  result[params.first + i] = params.scale * (sum + lost);
}
