// partialSums of scan.wgsl with subgroup operations: replaces that function if the device supports them. The declarations
// above it repeat scan.wgsl's, so that this file is valid by itself.
//
// Only quads are used, independent of the subgroup size: three exchanges sum four rows over the quad's lanes (each lane passes on
// two rows and keeps two, then passes on one of those), where a subgroup sum of each row would take twenty on most devices.
// A quad is four adjacent lanes, as on every known device.

enable subgroups;

const WIDTH = 64u;
const PARTIALS_ROW = 20u;
override SEGMENT: u32 = 1u;
var<workgroup> partials: array<array<f32, 640>, 2>;

fn partialSums(rows: ptr<function, array<f32, 32>>, lane: u32, side: u32) -> u32 {
  let odd = (lane & 1u) == 1u;
  let upper = (lane & 2u) == 2u;
  // rows past 2 · SEGMENT are zero
  for (var row = 0u; row < 2u * SEGMENT; row += 4u) {
    let r = vec4f((*rows)[row], (*rows)[row + 1u], (*rows)[row + 2u], (*rows)[row + 3u]);
    let pair = select(r.xz, r.yw, odd) + quadSwapX(select(r.yw, r.xz, odd));
    let sum = select(pair.x, pair.y, upper) + quadSwapY(select(pair.y, pair.x, upper));
    partials[side][(row + (lane & 3u)) * PARTIALS_ROW + lane / 4u] = sum;
  }
  workgroupBarrier();
  return WIDTH / 4u;
}

@compute @workgroup_size(64)
fn check(@builtin(local_invocation_index) lane: u32) {
  var rows: array<f32, 32>;
  _ = partialSums(&rows, lane, 0u);
}
