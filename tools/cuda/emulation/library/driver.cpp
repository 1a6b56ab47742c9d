// A CUDA driver (libcuda) without a device: the calls that tfjs-backend-cuda makes, on host memory, with launches run by fibers.cpp.
// Numbers of errors and attributes are those of CUDA's documentation.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <set>
#include <string>
#include <vector>
#include "control.h"
#include "fibers.h"
#include "kernels.h"
#include "memory.h"
#include "streams.h"

using namespace emulation;
typedef unsigned long long Address;

namespace {
enum Error {
  SUCCESS = 0,
  INVALID_VALUE = 1,
  OUT_OF_MEMORY = 2,
  NOT_INITIALIZED = 3,
  NO_DEVICE = 100,
  INVALID_DEVICE = 101,
  INVALID_IMAGE = 200,
  INVALID_CONTEXT = 201,
  NO_BINARY_FOR_GPU = 209,
  UNSUPPORTED_PTX_VERSION = 222,
  INVALID_HANDLE = 400,
  NOT_FOUND = 500,
  NOT_READY = 600,
  ILLEGAL_ADDRESS = 700,
  LAUNCH_FAILED = 719,
};

struct Module {
  int device;
};

struct Function {
  const Kernel* kernel;
  std::string name;
  size_t dynamicShared = 48 * 1024;
};

struct Event {
  std::chrono::steady_clock::time_point at;
  bool recorded = false;
};

bool initialised = false;
int contexts[64];       // times retained
void* current = nullptr;  // 1 + device
std::set<Module*> modules;
std::set<const void*> pinned;
std::vector<std::unique_ptr<Function>> functions;
constexpr size_t MOST_SHARED = 100 * 1024;

// The start of every call.
int enter(const char* name, const std::string& detail = "", bool needsContext = true) {
  if (const int error = called(name, detail)) return error;
  if (!initialised) return NOT_INITIALIZED;
  if (needsContext && !current) return INVALID_CONTEXT;
  return SUCCESS;
}

bool isPinned(const void* host) {
  return pinned.count(host) > 0;
}
}  // namespace

extern "C" {
int cuInit(unsigned) {
  if (const int error = called("cuInit")) return error;
  if (settings.devices == 0) return NO_DEVICE;
  initialised = true;
  return SUCCESS;
}

int cuDriverGetVersion(int* version) {
  *version = settings.driverVersion;
  return called("cuDriverGetVersion");
}

int cuDeviceGetCount(int* count) {
  if (const int error = enter("cuDeviceGetCount", "", false)) return error;
  *count = settings.devices;
  return SUCCESS;
}

int cuDeviceGet(int* device, int ordinal) {
  if (const int error = enter("cuDeviceGet", std::to_string(ordinal), false)) return error;
  if (ordinal < 0 || ordinal >= settings.devices) return INVALID_DEVICE;
  *device = ordinal;
  return SUCCESS;
}

int cuDeviceGetName(char* name, int length, int device) {
  if (const int error = enter("cuDeviceGetName", "", false)) return error;
  snprintf(name, length, "Emulated GPU %d", device);
  return SUCCESS;
}

int cuDeviceGetAttribute(int* value, int attribute, int) {
  if (const int error = enter("cuDeviceGetAttribute", std::to_string(attribute), false)) return error;
  switch (attribute) {
    case 13: *value = 1000000; return SUCCESS;           // clock, kHz
    case 16: *value = 4; return SUCCESS;                 // multiprocessors
    case 36: *value = 500000; return SUCCESS;            // memory's clock, kHz
    case 37: *value = 128; return SUCCESS;               // memory's bus, bits
    case 75: *value = settings.major; return SUCCESS;    // compute capability
    case 76: *value = settings.minor; return SUCCESS;
    case 8: *value = 48 * 1024; return SUCCESS;          // shared memory of a block
    case 81: *value = 2 * MOST_SHARED; return SUCCESS;   // of a multiprocessor
    case 97: *value = MOST_SHARED; return SUCCESS;       // of a block that asks for it
  }
  return INVALID_VALUE;
}

int cuDeviceTotalMem_v2(size_t* bytes, int) {
  if (const int error = enter("cuDeviceTotalMem_v2", "", false)) return error;
  *bytes = deviceMemory.capacity;
  return SUCCESS;
}

int cuDevicePrimaryCtxRetain(void** context, int device) {
  if (const int error = enter("cuDevicePrimaryCtxRetain", "", false)) return error;
  contexts[device]++;
  *context = reinterpret_cast<void*>(uintptr_t(device) + 1);
  return SUCCESS;
}

int cuDevicePrimaryCtxRelease_v2(int device) {
  if (const int error = enter("cuDevicePrimaryCtxRelease_v2", "", false)) return error;
  if (contexts[device] == 0) return INVALID_CONTEXT;
  if (--contexts[device] == 0) {
    stickyError = 0;
    if (current == reinterpret_cast<void*>(uintptr_t(device) + 1)) current = nullptr;
  }
  return SUCCESS;
}

int cuCtxSetCurrent(void* context) {
  if (!initialised) return NOT_INITIALIZED;
  current = context;
  return SUCCESS;
}

int cuMemGetInfo_v2(size_t* free, size_t* total) {
  if (const int error = enter("cuMemGetInfo_v2")) return error;
  *total = deviceMemory.capacity;
  *free = deviceMemory.capacity - deviceMemory.used();
  return SUCCESS;
}

int cuMemAlloc_v2(Address* address, size_t bytes) {
  if (const int error = enter("cuMemAlloc_v2", std::to_string(bytes))) return error;
  if (bytes == 0) return INVALID_VALUE;
  *address = deviceMemory.allocate(bytes);
  return *address ? SUCCESS : OUT_OF_MEMORY;
}

int cuMemFree_v2(Address address) {
  if (const int error = enter("cuMemFree_v2")) return error;
  finishAll();
  std::string damage;
  if (!deviceMemory.release(address, damage)) return INVALID_VALUE;
  if (damage.empty()) return SUCCESS;
  fprintf(stderr, "emulated GPU: %s\n", damage.c_str());
  return ILLEGAL_ADDRESS;
}

int cuMemHostAlloc(void** host, size_t bytes, unsigned) {
  if (const int error = enter("cuMemHostAlloc", std::to_string(bytes))) return error;
  *host = malloc(bytes);
  pinned.insert(*host);
  return SUCCESS;
}

int cuMemFreeHost(void* host) {
  if (const int error = enter("cuMemFreeHost")) return error;
  finishAll();
  if (!pinned.erase(host)) return INVALID_VALUE;
  free(host);
  return SUCCESS;
}

int cuMemcpyHtoDAsync_v2(Address to, const void* from, size_t bytes, Stream* stream) {
  if (const int error = enter("cuMemcpyHtoDAsync_v2", std::to_string(bytes))) return error;
  if (!isStream(stream) || !deviceMemory.holds(to, bytes)) return INVALID_VALUE;
  void* const target = reinterpret_cast<void*>(uintptr_t(to));
  if (isPinned(from)) {
    enqueue(stream, [=] { memcpy(target, from, bytes); });
  } else {
    // pageable memory is read before the call returns
    const char* first = static_cast<const char*>(from);
    enqueue(stream, [copy = std::vector<char>(first, first + bytes), target] { memcpy(target, copy.data(), copy.size()); });
  }
  return SUCCESS;
}

int cuMemcpyDtoHAsync_v2(void* to, Address from, size_t bytes, Stream* stream) {
  if (const int error = enter("cuMemcpyDtoHAsync_v2", std::to_string(bytes))) return error;
  if (!isStream(stream) || !deviceMemory.holds(from, bytes)) return INVALID_VALUE;
  const void* const source = reinterpret_cast<const void*>(uintptr_t(from));
  enqueue(stream, [=] { memcpy(to, source, bytes); });
  // pageable memory is written before the call returns
  return isPinned(to) ? SUCCESS : finish(stream);
}

int cuMemcpyDtoDAsync_v2(Address to, Address from, size_t bytes, Stream* stream) {
  if (const int error = enter("cuMemcpyDtoDAsync_v2", std::to_string(bytes))) return error;
  if (!isStream(stream) || !deviceMemory.holds(to, bytes) || !deviceMemory.holds(from, bytes)) return INVALID_VALUE;
  enqueue(stream, [=] { memmove(reinterpret_cast<void*>(uintptr_t(to)), reinterpret_cast<void*>(uintptr_t(from)), bytes); });
  return SUCCESS;
}

int cuModuleLoadData(Module** module, const char* image) {
  if (const int error = enter("cuModuleLoadData")) return error;
  int major = 0, minor = 0;
  if (sscanf(image, "EMULATED CUBIN sm_%2d%1d", &major, &minor) != 2 && sscanf(image, "EMULATED CUBIN sm_%1d%1d", &major, &minor) != 2) {
    if (strncmp(image, "EMULATED PTX", 12) != 0) return INVALID_IMAGE;
    if (settings.driverVersion < settings.compilerVersion / 1000 * 1000) return UNSUPPORTED_PTX_VERSION;
  } else {
    if (major > 20) sscanf(image, "EMULATED CUBIN sm_%1d%1d", &major, &minor);
    if (major != settings.major || minor > settings.minor) return NO_BINARY_FOR_GPU;
  }
  *module = new Module{0};
  modules.insert(*module);
  return SUCCESS;
}

int cuModuleUnload(Module* module) {
  if (const int error = enter("cuModuleUnload")) return error;
  finishAll();
  if (!modules.erase(module)) return INVALID_HANDLE;
  delete module;
  return SUCCESS;
}

int cuModuleGetFunction(Function** function, Module* module, const char* name) {
  if (const int error = enter("cuModuleGetFunction", name)) return error;
  if (!modules.count(module)) return INVALID_HANDLE;
  const Kernel* const found = findKernel(name);
  if (!found) return NOT_FOUND;
  functions.push_back(std::make_unique<Function>(Function{found, name}));
  *function = functions.back().get();
  return SUCCESS;
}

int cuFuncSetAttribute(Function* function, int attribute, int value) {
  if (const int error = enter("cuFuncSetAttribute", std::to_string(attribute) + " " + std::to_string(value))) return error;
  if (attribute != 8 || size_t(value) > MOST_SHARED) return INVALID_VALUE;
  function->dynamicShared = value;
  return SUCCESS;
}

int cuStreamCreate(Stream** stream, unsigned flags) {
  if (const int error = enter("cuStreamCreate")) return error;
  *stream = createStream(flags == 0);
  return SUCCESS;
}

int cuStreamDestroy_v2(Stream* stream) {
  if (const int error = enter("cuStreamDestroy_v2")) return error;
  if (!stream || !isStream(stream)) return INVALID_HANDLE;
  destroyStream(stream);
  return SUCCESS;
}

int cuStreamSynchronize(Stream* stream) {
  if (const int error = enter("cuStreamSynchronize")) return error;
  return isStream(stream) ? finish(stream) : int(INVALID_HANDLE);
}

// Not ready at first, so that a caller has to poll.
int cuStreamQuery(Stream* stream) {
  if (const int error = enter("cuStreamQuery")) return error;
  if (!isStream(stream)) return INVALID_HANDLE;
  const bool waits = hasWork(stream);
  const int error = finish(stream);
  return error ? error : waits ? int(NOT_READY) : int(SUCCESS);
}

int cuEventCreate(Event** event, unsigned) {
  if (const int error = enter("cuEventCreate")) return error;
  *event = new Event;
  return SUCCESS;
}

int cuEventRecord(Event* event, Stream* stream) {
  if (const int error = enter("cuEventRecord")) return error;
  enqueue(stream, [=] {
    event->at = std::chrono::steady_clock::now();
    event->recorded = true;
  });
  return SUCCESS;
}

int cuEventElapsedTime(float* milliseconds, Event* from, Event* to) {
  if (const int error = enter("cuEventElapsedTime")) return error;
  if (!from->recorded || !to->recorded) return NOT_READY;
  *milliseconds = std::chrono::duration<float, std::milli>(to->at - from->at).count();
  return SUCCESS;
}

int cuEventDestroy_v2(Event* event) {
  if (const int error = enter("cuEventDestroy_v2")) return error;
  delete event;
  return SUCCESS;
}

int cuLaunchKernel(Function* function, unsigned gx, unsigned gy, unsigned gz, unsigned bx, unsigned by, unsigned bz, unsigned shared,
                   Stream* stream, void** params, void**) {
  const std::string detail = function->name + " (" + std::to_string(gx) + ", " + std::to_string(gy) + ", " + std::to_string(gz) + ") of (" +
                             std::to_string(bx) + ", " + std::to_string(by) + ", " + std::to_string(bz) + "), " + std::to_string(shared) +
                             " bytes shared";
  if (const int error = enter("cuLaunchKernel", detail)) return error;
  if (!isStream(stream)) return INVALID_HANDLE;
  const bool fits = gx && gy && gz && bx && by && bz && gx <= 2147483647u && gy <= 65535 && gz <= 65535 && bx * by * bz <= 1024;
  if (!fits || shared > function->dynamicShared) return INVALID_VALUE;
  const char* first = static_cast<const char*>(params[0]);
  enqueue(stream, [=, copy = std::vector<char>(first, first + function->kernel->paramBytes)] {
    const std::string failure = runLaunch({{gx, gy, gz}, {bx, by, bz}, shared}, [&] { function->kernel->run(copy.data()); });
    if (failure.empty()) return;
    fprintf(stderr, "emulated GPU: %s: %s\n", detail.c_str(), failure.c_str());
    note("failed: " + failure);
    stickyError = failure.find("outside") != std::string::npos ? ILLEGAL_ADDRESS : LAUNCH_FAILED;
  });
  return SUCCESS;
}

int cuGetErrorName(int error, const char** name) {
  switch (error) {
    case INVALID_VALUE: *name = "CUDA_ERROR_INVALID_VALUE"; return SUCCESS;
    case OUT_OF_MEMORY: *name = "CUDA_ERROR_OUT_OF_MEMORY"; return SUCCESS;
    case NOT_INITIALIZED: *name = "CUDA_ERROR_NOT_INITIALIZED"; return SUCCESS;
    case NO_DEVICE: *name = "CUDA_ERROR_NO_DEVICE"; return SUCCESS;
    case INVALID_DEVICE: *name = "CUDA_ERROR_INVALID_DEVICE"; return SUCCESS;
    case INVALID_IMAGE: *name = "CUDA_ERROR_INVALID_IMAGE"; return SUCCESS;
    case INVALID_CONTEXT: *name = "CUDA_ERROR_INVALID_CONTEXT"; return SUCCESS;
    case NO_BINARY_FOR_GPU: *name = "CUDA_ERROR_NO_BINARY_FOR_GPU"; return SUCCESS;
    case UNSUPPORTED_PTX_VERSION: *name = "CUDA_ERROR_UNSUPPORTED_PTX_VERSION"; return SUCCESS;
    case INVALID_HANDLE: *name = "CUDA_ERROR_INVALID_HANDLE"; return SUCCESS;
    case NOT_FOUND: *name = "CUDA_ERROR_NOT_FOUND"; return SUCCESS;
    case ILLEGAL_ADDRESS: *name = "CUDA_ERROR_ILLEGAL_ADDRESS"; return SUCCESS;
    case LAUNCH_FAILED: *name = "CUDA_ERROR_LAUNCH_FAILED"; return SUCCESS;
  }
  *name = nullptr;
  return INVALID_VALUE;
}
}
