// Matrix products of strided matrices, one per group: C[m, n] = sum over k of A[m, k] B[k, n]. A workgroup has a tile of 32 × 32 of C,
// a thread 2 × 2 of it; the tiles of A and B are loaded into workgroup memory, 16 of k at a time. A long k is cut into slices,
// each with its own C, which sums.wgsl adds.
//
// multiply: 0 A · 1 B · 2 C (slice, ...)

const TILE = 32u;
const DEPTH = 16u;

struct Params {
  m: u32,
  n: u32,
  k: u32,
  groups: u32,
  // strides of m, k and groups of A, in elements
  aM: u32,
  aK: u32,
  aGroup: u32,
  aFirst: u32,
  bK: u32,
  bN: u32,
  bGroup: u32,
  bFirst: u32,
  cM: u32,
  cGroup: u32,
  cFirst: u32,
  // range of k per slice, and elements between the slices of C
  slice: u32,
  cSlice: u32,
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> c: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

var<workgroup> tileA: array<f32, 512>; // (k, m)
var<workgroup> tileB: array<f32, 512>; // (k, n)

// workgroup z counts the groups of each slice, x and y the tiles in n and m
@compute @workgroup_size(256)
fn multiply(@builtin(workgroup_id) w: vec3u, @builtin(local_invocation_index) lane: u32) {
  let group = w.z % params.groups;
  let slice = w.z / params.groups;
  let firstM = w.y * TILE;
  let firstN = w.x * TILE;
  let x = lane % 16u;
  let y = lane / 16u;
  let end = min(params.k, (slice + 1u) * params.slice);
  var sum = mat2x2f();
  for (var first = slice * params.slice; first < end; first += DEPTH) {
    for (var i = lane; i < TILE * DEPTH; i += 256u) {
      // the lanes run along m or k, whichever is contiguous in memory
      let byM = params.aM == 1u;
      let m = select(i / DEPTH, i % TILE, byM);
      let kA = select(i % DEPTH, i / TILE, byM);
      var v = 0.0;
      if (firstM + m < params.m && first + kA < end) {
        v = a[params.aFirst + group * params.aGroup + (firstM + m) * params.aM + (first + kA) * params.aK];
      }
      tileA[kA * TILE + m] = v;
      let byN = params.bN == 1u;
      let n = select(i / DEPTH, i % TILE, byN);
      let kB = select(i % DEPTH, i / TILE, byN);
      v = 0.0;
      if (firstN + n < params.n && first + kB < end) {
        v = b[params.bFirst + group * params.bGroup + (firstN + n) * params.bN + (first + kB) * params.bK];
      }
      tileB[kB * TILE + n] = v;
    }
    workgroupBarrier();
    for (var k = 0u; k < min(DEPTH, end - first); k++) {
      let left = vec2f(tileA[k * TILE + y], tileA[k * TILE + y + 16u]);
      let right = vec2f(tileB[k * TILE + x], tileB[k * TILE + x + 16u]);
      sum[0] += left.x * right;
      sum[1] += left.y * right;
    }
    workgroupBarrier();
  }
  for (var i = 0u; i < 2u; i++) {
    for (var j = 0u; j < 2u; j++) {
      let m = firstM + y + 16u * i;
      let n = firstN + x + 16u * j;
      if (m < params.m && n < params.n) {
        c[params.cFirst + slice * params.cSlice + group * params.cGroup + m * params.cM + n] = sum[i][j];
      }
    }
  }
}
