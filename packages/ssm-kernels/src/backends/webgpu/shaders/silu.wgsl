// silu(x) = x·sigmoid(x), the gate x·silu(z), and their gradients. Elementwise, one thread per element.
//
// silu:         0 x, 3 y
// siluGrad:     0 x, 2 dy, 3 y = dx
// siluGate:     0 x, 1 z, 3 y
// siluGateGrad: 0 x, 1 z, 2 dy, 3 y = dx, 4 dz

struct Params {
  size: u32,
}

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> z: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<storage, read_write> dz: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

// exp overflows to infinity below -88 at worst, and 1/infinity is the correct 0; infinities are avoided because they are device-dependent in WGSL
fn sigmoid(v: f32) -> f32 {
  return 1.0 / (1.0 + exp(-clamp(v, -87.0, 87.0)));
}

// the slope of silu at v
fn slope(v: f32) -> f32 {
  let s = sigmoid(v);
  return s * (1.0 + v * (1.0 - s));
}

fn index(workgroup: vec3u, groups: vec3u, local: u32) -> u32 {
  return (workgroup.x + workgroup.y * groups.x) * 64u + local;
}

@compute @workgroup_size(64)
fn silu(@builtin(workgroup_id) w: vec3u, @builtin(num_workgroups) g: vec3u, @builtin(local_invocation_index) l: u32) {
  let i = index(w, g, l);
  if (i >= params.size) { return; }
  y[i] = x[i] * sigmoid(x[i]);
}

@compute @workgroup_size(64)
fn siluGrad(@builtin(workgroup_id) w: vec3u, @builtin(num_workgroups) g: vec3u, @builtin(local_invocation_index) l: u32) {
  let i = index(w, g, l);
  if (i >= params.size) { return; }
  y[i] = dy[i] * slope(x[i]);
}

@compute @workgroup_size(64)
fn siluGate(@builtin(workgroup_id) w: vec3u, @builtin(num_workgroups) g: vec3u, @builtin(local_invocation_index) l: u32) {
  let i = index(w, g, l);
  if (i >= params.size) { return; }
  y[i] = x[i] * z[i] * sigmoid(z[i]);
}

@compute @workgroup_size(64)
fn siluGateGrad(@builtin(workgroup_id) w: vec3u, @builtin(num_workgroups) g: vec3u, @builtin(local_invocation_index) l: u32) {
  let i = index(w, g, l);
  if (i >= params.size) { return; }
  y[i] = dy[i] * z[i] * sigmoid(z[i]);
  dz[i] = dy[i] * x[i] * slope(z[i]);
}
