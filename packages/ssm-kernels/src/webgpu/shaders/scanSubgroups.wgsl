// partialSums of scan.wgsl by subgroup operations: takes that function's place where the device has them. The declarations
// above it are scan.wgsl's and stand here so that this file is valid by itself. Any subgroup size from 4 up; lanes of a
// subgroup are neighbours, as on every device known.

enable subgroups;

const WIDTH = 64u;
override SEGMENT: u32 = 1u;
var<workgroup> partials: array<f32, 512>;

fn partialSums(rows: ptr<function, array<f32, 32>>, lane: u32) -> u32 {
  let size = min(subgroupAdd(1u), WIDTH);
  for (var row = 0u; row < 2u * SEGMENT; row++) {
    let sum = subgroupAdd((*rows)[row]);
    if (lane % size == 0u) { partials[row * 16u + lane / size] = sum; }
  }
  workgroupBarrier();
  return WIDTH / size;
}

@compute @workgroup_size(64)
fn check(@builtin(local_invocation_index) lane: u32) {
  var rows: array<f32, 32>;
  _ = partialSums(&rows, lane);
}
