// The part of cuBLAS that tfjs-backend-cuda calls: float32 products on host memory, with arguments checked as in cuBLAS's documentation.
#include <cstdint>
#include <string>
#include "control.h"
#include "memory.h"
#include "streams.h"

using namespace emulation;

namespace {
enum { SUCCESS = 0, NOT_INITIALIZED = 1, INVALID_VALUE = 7, EXECUTION_FAILED = 13 };

struct Handle {
  Stream* stream = nullptr;
};

struct Operand {
  const float* numbers;
  bool transposed;
  int lead;
  long long stride;
  float at(int batch, int row, int col) const {
    return numbers[batch * stride + (transposed ? (long long)row * lead + col : (long long)col * lead + row)];
  }
};

// whether each (rows, cols) matrix of the batch is within one allocation
bool lies(const float* numbers, long long rows, long long cols, long long lead, long long stride, int batches) {
  const long long last = (batches - 1) * stride + (cols - 1) * lead + rows;
  return deviceMemory.holds(uintptr_t(numbers), size_t(last) * sizeof(float));
}
}  // namespace

extern "C" {
int cublasCreate_v2(Handle** handle) {
  if (const int status = called("cublasCreate_v2")) return status;
  *handle = new Handle;
  return SUCCESS;
}

int cublasDestroy_v2(Handle* handle) {
  if (const int status = called("cublasDestroy_v2")) return status;
  // it waits for its work
  if (!isStream(handle->stream)) return NOT_INITIALIZED;
  finish(handle->stream);
  delete handle;
  return SUCCESS;
}

int cublasGetVersion_v2(Handle*, int* version) {
  *version = 130101;
  return called("cublasGetVersion_v2");
}

int cublasSetStream_v2(Handle* handle, Stream* stream) {
  if (!isStream(stream)) return INVALID_VALUE;
  handle->stream = stream;
  return SUCCESS;
}

int cublasSgemmStridedBatched(Handle* handle, int transA, int transB, int m, int n, int k, const float* alpha, const float* A, int lda,
                              long long strideA, const float* B, int ldb, long long strideB, const float* beta, float* C, int ldc,
                              long long strideC, int batches) {
  const std::string sizes = std::to_string(m) + " " + std::to_string(n) + " " + std::to_string(k) + " × " + std::to_string(batches);
  if (const int status = called("cublasSgemmStridedBatched", sizes)) return status;
  const bool transposedA = transA == 1, transposedB = transB == 1;
  if (m < 0 || n < 0 || k < 0 || batches < 0 || transA > 1 || transB > 1) return INVALID_VALUE;
  if (lda < (transposedA ? k : m) || ldb < (transposedB ? n : k) || ldc < m || lda < 1 || ldb < 1 || ldc < 1) return INVALID_VALUE;
  if (!lies(A, transposedA ? k : m, transposedA ? m : k, lda, strideA, batches)) return EXECUTION_FAILED;
  if (!lies(B, transposedB ? n : k, transposedB ? k : n, ldb, strideB, batches)) return EXECUTION_FAILED;
  if (!lies(C, m, n, ldc, strideC, batches)) return EXECUTION_FAILED;
  // injected by a test: a library with wrong results
  const float error = called("cublasWrong") ? 0.01f : 0.0f;
  const Operand a = {A, transposedA, lda, strideA}, b = {B, transposedB, ldb, strideB};
  enqueue(handle->stream, [=, alpha = *alpha, beta = *beta] {
    for (int batch = 0; batch < batches; batch++)
      for (int col = 0; col < n; col++)
        for (int row = 0; row < m; row++) {
          float sum = error;
          for (int i = 0; i < k; i++) sum += a.at(batch, row, i) * b.at(batch, i, col);
          float& c = C[batch * strideC + (long long)col * ldc + row];
          // the old values are not read, even if NaN
          c = beta == 0 ? alpha * sum : alpha * sum + beta * c;
        }
  });
  return SUCCESS;
}
}
