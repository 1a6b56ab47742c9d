// Matrix products and convolutions in tiles of 64 × 64, 4 × 4 values per thread. Block: 256 threads. Grid: tiles of m, tiles of n,
// batches × splits of k. Shared memory: 16 rows of both tiles.
#pragma once
#include "activation.cuh"
#include "opParams.cuh"
#include "shared.cuh"

constexpr int GEMM_THREADS = 256;
constexpr int SIDE = 64;   // of a tile of y
constexpr int DEPTH = 16;  // k per pass
constexpr int PITCH = SIDE + 4;
constexpr int LOADS = SIDE * DEPTH / GEMM_THREADS;

// An operand gives the locations of its row (m or n) and column (k), and the value there.

struct Matrix {
  typedef size_t Row;
  typedef size_t Col;
  const float* numbers;
  int rowStride;
  int colStride;
  __device__ inline Row row(int i) const { return size_t(i) * rowStride; }
  __device__ inline Col col(int k) const { return size_t(k) * colStride; }
  __device__ inline float at(Row row, Col col) const { return __ldg(numbers + row + col); }
};

// the pixels under the filter: rows are output pixels, columns are taps and input channels
struct Patches {
  struct Row {
    size_t picture;
    int y;
    int x;
  };
  struct Col {
    int y;
    int x;
    int channel;
  };
  const GemmParams& p;
  __device__ inline Row row(int i) const {
    const int line = i / p.outWidth;
    const int picture = line / p.outHeight;
    return {size_t(picture) * p.height, (line - picture * p.outHeight) * p.strideY - p.padTop, (i - line * p.outWidth) * p.strideX - p.padLeft};
  }
  __device__ inline Col col(int k) const {
    const int tap = k / p.channels;
    const int line = tap / p.kernelWidth;
    return {line * p.dilationY, (tap - line * p.kernelWidth) * p.dilationX, k - tap * p.channels};
  }
  __device__ inline float at(const Row& row, const Col& col) const {
    const int y = row.y + col.y;
    const int x = row.x + col.x;
    if (y < 0 || y >= p.height || x < 0 || x >= p.width) return 0.0f;
    return __ldg(p.a + ((row.picture + y) * p.width + x) * p.channels + col.channel);
  }
};

// the same transposed: the sums are over pixels
struct PatchesAcross {
  typedef Patches::Col Row;
  typedef Patches::Row Col;
  Patches patches;
  __device__ inline Row row(int i) const { return patches.col(i); }
  __device__ inline Col col(int k) const { return patches.row(k); }
  __device__ inline float at(const Row& row, const Col& col) const { return patches.at(col, row); }
};

// the gradient of an input pixel: columns are taps and output channels
struct Arrivals {
  struct Row {
    size_t picture;
    int y;
    int x;
  };
  typedef Patches::Col Col;
  const GemmParams& p;
  __device__ inline Row row(int i) const {
    const int line = i / p.width;
    const int picture = line / p.height;
    return {size_t(picture) * p.outHeight, line - picture * p.height + p.padTop, i - line * p.width + p.padLeft};
  }
  __device__ inline Col col(int k) const {
    const int tap = k / p.outChannels;
    const int line = tap / p.kernelWidth;
    return {line * p.dilationY, (tap - line * p.kernelWidth) * p.dilationX, k - tap * p.outChannels};
  }
  __device__ inline float at(const Row& row, const Col& col) const {
    const int y = row.y - col.y;
    const int x = row.x - col.x;
    if (y < 0 || x < 0 || y % p.strideY != 0 || x % p.strideX != 0) return 0.0f;
    const int outY = y / p.strideY;
    const int outX = x / p.strideX;
    if (outY >= p.outHeight || outX >= p.outWidth) return 0.0f;
    return __ldg(p.a + ((row.picture + outY) * p.outWidth + outX) * p.outChannels + col.channel);
  }
};

// a filter (tap, input channel, output channel) with input channels as rows, taps and output channels as columns
struct FilterAcross {
  typedef size_t Row;
  typedef size_t Col;
  const GemmParams& p;
  __device__ inline Row row(int i) const { return size_t(i) * p.outChannels; }
  __device__ inline Col col(int k) const {
    const int tap = k / p.outChannels;
    return size_t(tap) * p.channels * p.outChannels + (k - tap * p.outChannels);
  }
  __device__ inline float at(Row row, Col col) const { return __ldg(p.b + row + col); }
};

// Loads tiles of an operand. ALONG_K: adjacent threads load adjacent columns, so that the contiguous values of a row are read
// together; else adjacent rows.
template <class Operand, bool ALONG_K>
struct Tiles {
  static constexpr int ROWS = ALONG_K ? LOADS : 1;
  const Operand& operand;
  typename Operand::Row rows[ROWS];
  int first;
  int count;

  __device__ inline Tiles(const Operand& operand, int first, int count) : operand(operand), first(first), count(count) {
#pragma unroll
    for (int i = 0; i < ROWS; i++) rows[i] = operand.row(min(first + rowInTile(i), count - 1));
  }

  static __device__ inline int rowInTile(int i) {
    return ALONG_K ? int(threadIdx.x) / DEPTH + i * (GEMM_THREADS / DEPTH) : int(threadIdx.x) % SIDE;
  }

  static __device__ inline int colInTile(int i) {
    return ALONG_K ? int(threadIdx.x) % DEPTH : int(threadIdx.x) / SIDE + i * (GEMM_THREADS / SIDE);
  }

  __device__ inline void load(float* tile, int k, int end) const {
    typename Operand::Col col = operand.col(min(k + colInTile(0), end - 1));
#pragma unroll
    for (int i = 0; i < LOADS; i++) {
      const int at = k + colInTile(i);
      if (!ALONG_K && i > 0) col = operand.col(min(at, end - 1));
      const bool inside = first + rowInTile(i) < count && at < end;
      tile[colInTile(i) * PITCH + rowInTile(i)] = inside ? operand.at(rows[ALONG_K ? i : 0], col) : 0.0f;
    }
  }
};

__device__ inline void storeProduct(const GemmParams& p, int batch, int m, int n, float sum) {
  float* const to = p.y + size_t(batch) * p.yBatch + size_t(m) * p.yM + n;
  if (p.bias) sum += __ldg(p.bias + n);
  if (p.add) sum += *to;
  *to = activated(sum, p.activation);
}

template <bool A_ALONG_K, bool B_ALONG_K, class A, class B>
__device__ inline void product(const GemmParams& p, const A& a, const B& b) {
  DYNAMIC_SHARED(shared);
  float* const tileA = shared;
  float* const tileB = shared + DEPTH * PITCH;
  const int batch = blockIdx.z / p.splits;
  const int split = blockIdx.z % p.splits;
  const int m = blockIdx.x * SIDE;
  const int n = blockIdx.y * SIDE;
  const int end = min((split + 1) * p.kOfSplit, p.k);
  const Tiles<A, A_ALONG_K> left(a, m, p.m);
  const Tiles<B, B_ALONG_K> right(b, n, p.n);
  const int row = int(threadIdx.x) / 16 * 4;
  const int col = int(threadIdx.x) % 16 * 4;
  float sums[4][4] = {};
  for (int k = split * p.kOfSplit; k < end; k += DEPTH) {
    left.load(tileA, k, end);
    right.load(tileB, k, end);
    __syncthreads();
#pragma unroll
    for (int i = 0; i < DEPTH; i++) {
      const float4 x = *reinterpret_cast<const float4*>(tileA + i * PITCH + row);
      const float4 y = *reinterpret_cast<const float4*>(tileB + i * PITCH + col);
      const float xs[4] = {x.x, x.y, x.z, x.w};
      const float ys[4] = {y.x, y.y, y.z, y.w};
#pragma unroll
      for (int r = 0; r < 4; r++)
#pragma unroll
        for (int c = 0; c < 4; c++) sums[r][c] += xs[r] * ys[c];
    }
    __syncthreads();
  }
#pragma unroll
  for (int r = 0; r < 4; r++)
#pragma unroll
    for (int c = 0; c < 4; c++) {
      if (m + row + r >= p.m || n + col + c >= p.n) continue;
      if (p.splits == 1) storeProduct(p, batch, m + row + r, n + col + c, sums[r][c]);
      else p.partial[(size_t(blockIdx.z) * p.m + m + row + r) * p.n + n + col + c] = sums[r][c];
    }
}

template <bool A_ALONG_K, bool B_ALONG_K>
__device__ inline void matMul(const GemmParams& p) {
  const size_t batch = blockIdx.z / p.splits;
  const Matrix a = {p.a + batch * p.aBatch, p.aM, p.aK};
  const Matrix b = {p.b + batch * p.bBatch, p.bN, p.bK};
  product<A_ALONG_K, B_ALONG_K>(p, a, b);
}

// x and filter (taps · channels, outChannels)
__device__ inline void convolution(const GemmParams& p) {
  const Matrix filter = {p.b, 1, p.outChannels};
  product<true, false>(p, Patches{p}, filter);
}

// dy and filter
__device__ inline void convolutionGradInput(const GemmParams& p) {
  product<true, true>(p, Arrivals{p}, FilterAcross{p});
}

// x and dy (pixels, outChannels)
__device__ inline void convolutionGradFilter(const GemmParams& p) {
  const Matrix dy = {p.b, 1, p.outChannels};
  product<false, false>(p, PatchesAcross{{p}}, dy);
}

// Adds the splits of k, always in the same order. Grid: values of (batch, m, n) in blocks.
__device__ inline void sumSplits(const GemmParams& p) {
  const size_t i = size_t(blockIdx.x) * blockDim.x + threadIdx.x;
  const size_t ofBatch = size_t(p.m) * p.n;
  if (i >= ofBatch * p.batches) return;
  const int batch = int(i / ofBatch);
  const int inside = int(i - batch * ofBatch);
  float sum = 0.0f;
  for (int split = 0; split < p.splits; split++) sum += p.partial[(size_t(batch) * p.splits + split) * ofBatch + inside];
  storeProduct(p, batch, inside / p.n, inside % p.n, sum);
}
