#pragma once
#include <map>
#include <string>
#include <vector>

namespace emulation {

struct Kernel {
  void (*run)(const void* params);
  size_t paramBytes;
};

struct Field {
  const char* name;
  size_t offset;
};

// Adds a kernel when the library is loaded.
struct Registered {
  Registered(const char* name, Kernel kernel);
};

// null if there is none of that name
const Kernel* findKernel(const std::string& name);

extern const std::vector<Field> scanParams;

}  // namespace emulation
