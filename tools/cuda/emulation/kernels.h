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

extern const std::map<std::string, Kernel> kernels;
extern const std::vector<Field> scanParams;

}  // namespace emulation
