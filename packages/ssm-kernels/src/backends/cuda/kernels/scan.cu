// The selective scan over the segments of a plan, forward and backward: all grids of a pyramid at the cost of one scan. docs/cuda.md
// describes the passes, docs/pyramid-scan.md the algebra, src/scan/scanPlan.ts creates the plan.
//
// Forward: summary, chain, output. Backward: summaryBoth, chain, chainBack, gradient, sumSlices, sumParameters.
//
// Compiled by NVRTC or nvcc, and by a C++ compiler for tests on machines without a GPU (tools/cuda/emulation). Needs --ftz=true.
#include "backward.cuh"
#include "chain.cuh"
#include "forward.cuh"
#include "sums.cuh"

// Names without C++ mangling. `blocks` is the number of blocks of `threads` that must fit on a multiprocessor, which bounds the
// registers: by default ptxas sometimes saves registers and then has to spill.
#define KERNEL(name, threads, blocks, body) \
  extern "C" __global__ void __launch_bounds__(threads, blocks) name(const ScanParams p) { body(p); }

#define OF_STATES(states) \
  KERNEL(summary_##states, 128, 6, summary<states>) \
  KERNEL(output_##states, 128, 5, output<states>) \
  KERNEL(summaryBoth_##states, 128, 4, summaryBoth<states>)

OF_STATES(16)
OF_STATES(8)
OF_STATES(4)
OF_STATES(1)
KERNEL(gradient_8, 128, 3, gradient<8>)
KERNEL(gradient_4, 128, 4, gradient<4>)
KERNEL(chain_all, 128, 5, chain)
KERNEL(chainBack_all, 128, 5, chainBack)
KERNEL(sumSlices_all, 256, 4, sumSlices)
KERNEL(sumParameters_all, 256, 4, sumParameters)
