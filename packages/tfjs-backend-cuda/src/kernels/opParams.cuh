// The parameters of backend.cu's kernels. src/backend/structs.ts reads the layouts from this text, so each line has one field:
// a pointer, int, float or an array of ints.
#pragma once

// Maximum axes of a kernel's traversal, after merging contiguous ones.
constexpr int MOST_AXES = 8;

struct FillParams {
  int* y;
  int count;
  int bits;
};

struct UnaryParams {
  const void* x;
  void* y;
  int count;
  float a;
  float b;
};

// y over axes of `sizes`, the last fastest; a broadcast axis has stride 0.
struct BinaryParams {
  const void* a;
  const void* b;
  void* y;
  int count;
  int rank;
  int sizes[8];
  int aStrides[8];
  int bStrides[8];
};

// Copies 32-bit values of any type from one location and layout to another.
struct CopyParams {
  const int* x;
  int* y;
  int count;
  int rank;
  int xFirst;
  int yFirst;
  int sizes[8];
  int xStrides[8];
  int yStrides[8];
};

// Rows of 32-bit values by their indices: x (outer, size, each), y (outer, taken, each). `outer` counts the batch, too: each of its
// entries has indices of its own and `outerOfBatch` outers.
struct GatherParams {
  const int* x;
  const int* indices;  // (outer / outerOfBatch, taken)
  int* y;
  int count;
  int outerOfBatch;
  int size;
  int taken;
  int each;
};

struct SelectParams {
  const int* condition;
  const int* yes;
  const int* no;
  int* y;
  int count;
  int each;  // values per condition
};

// Contiguous rows, each reduced to one value in `splits` parts, which `rowsFinish` combines.
struct RowsParams {
  const void* x;
  double* partial;  // (rows, splits)
  void* y;          // (rows)
  int rows;
  int length;
  int splits;
  double factor;
};

// Column sums of terms of x and others: (groups, rows, channels) to (groups, channels), `outputs` times.
struct ColumnsParams {
  const float* x;
  const float* dy;
  const float* z;
  const float* mean;      // (groups, channels)
  const float* variance;  // (groups, channels)
  const float* stats;     // (rows, 2): mean and 1/deviation of a row
  double* partial;        // (outputs, groups, splits, channels)
  float* first;           // the sums, times factor
  float* second;
  int groups;
  int rows;
  int channels;
  int splits;
  int outputs;
  int ofFirst;  // outputs that go to `first`; the others go to `second`
  int silu;
  float epsilon;
  double factor;
  int height;  // of x if a convolution's taps are outputs; so are the next fields
  int width;
  int outHeight;
  int outWidth;
  int kernelWidth;
  int strideY;
  int strideX;
  int dilationY;
  int dilationX;
  int padTop;
  int padLeft;
  int multiplier;
};

// y = a·b (+ bias, activation), element (b, m, k) of a at b·aBatch + m·aM + k·aK and so on. For a convolution a, or b, is read from
// a picture.
struct GemmParams {
  const float* a;
  const float* b;
  const float* bias;  // (n), or null
  float* y;
  float* partial;  // (splits, batches, m, n) if k has several splits
  int m;
  int n;
  int k;
  int batches;
  int splits;
  int kOfSplit;
  int aBatch;
  int aM;
  int aK;
  int bBatch;
  int bN;
  int bK;
  int yBatch;
  int yM;
  int add;         // whether to add to the existing y
  int activation;  // 0: none, 1: relu, 2: relu6, 3: elu, 4: sigmoid
  int height;      // of a convolution's input; so are the next fields
  int width;
  int channels;
  int outHeight;
  int outWidth;
  int outChannels;
  int kernelWidth;
  int strideY;
  int strideX;
  int dilationY;
  int dilationX;
  int padTop;
  int padLeft;
};

// A depthwise convolution: output channel c·multiplier + j reads input channel c.
struct DepthwiseParams {
  const float* x;
  const float* filter;  // (kernelHeight, kernelWidth, channels, multiplier)
  const float* bias;    // (channels · multiplier), or null
  const float* dy;      // or null
  float* y;             // dx of the gradient
  int count;
  int height;
  int width;
  int channels;
  int outHeight;
  int outWidth;
  int kernelHeight;
  int kernelWidth;
  int strideY;
  int strideX;
  int dilationY;
  int dilationX;
  int padTop;
  int padLeft;
  int multiplier;
  int silu;
};

struct PoolParams {
  const float* x;
  float* y;
  int count;
  int height;
  int width;
  int channels;
  int outHeight;
  int outWidth;
  int kernelHeight;
  int kernelWidth;
  int strideY;
  int strideX;
  int dilationY;
  int dilationX;
  int padTop;
  int padLeft;
};
