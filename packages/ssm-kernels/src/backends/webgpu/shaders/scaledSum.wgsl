// y = alpha·x + beta·scale·z, elementwise, one thread per element; x is ignored if alpha is 0, even NaN.
//
// scaledSum:      0 x, 1 z, 3 y
// scaledSumRuns:  0 x, 1 z, 2 scale, one per `each` elements, 3 y

struct Params {
  size: u32,
  // index of the first element in the whole tensor
  first: u32,
  each: u32,
  alpha: f32,
  beta: f32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> z: array<f32>;
@group(0) @binding(2) var<storage, read> scale: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<uniform> params: Params;

fn index(workgroup: vec3u, groups: vec3u, local: u32) -> u32 {
  return (workgroup.x + workgroup.y * groups.x) * 64u + local;
}

fn start(i: u32) -> f32 {
  if (params.alpha == 0.0) { return 0.0; }
  return params.alpha * x[i];
}

@compute @workgroup_size(64)
fn scaledSum(@builtin(workgroup_id) w: vec3u, @builtin(num_workgroups) g: vec3u, @builtin(local_invocation_index) l: u32) {
  let i = index(w, g, l);
  if (i >= params.size) { return; }
  y[i] = start(i) + params.beta * z[i];
}

@compute @workgroup_size(64)
fn scaledSumRuns(@builtin(workgroup_id) w: vec3u, @builtin(num_workgroups) g: vec3u, @builtin(local_invocation_index) l: u32) {
  let i = index(w, g, l);
  if (i >= params.size) { return; }
  y[i] = start(i) + params.beta * scale[(params.first + i) / params.each] * z[i];
}
