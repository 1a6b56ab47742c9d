// The device's memory: host memory that starts as NaN and ends in guard words.
#pragma once
#include <cstddef>
#include <array>
#include <map>
#include <string>
#include <utility>

namespace emulation {

class DeviceMemory {
 public:
  // 0 when fewer than `bytes` are left of `capacity`
  unsigned long long allocate(size_t bytes);
  // false if there is no such allocation; `damage` describes a write past its end
  bool release(unsigned long long address, std::string& damage);
  // whether [address, address + bytes) is within one allocation
  bool holds(unsigned long long address, size_t bytes) const;
  size_t used() const { return used_; }
  size_t count() const { return sizes_.size(); }
  size_t capacity = size_t(1) << 30;

 private:
  std::map<unsigned long long, size_t> sizes_;
  // recently used allocations: a kernel reads few of them, many times
  mutable std::array<std::pair<unsigned long long, size_t>, 4> recent_{};
  mutable size_t turn_ = 0;
  size_t used_ = 0;
};

extern DeviceMemory deviceMemory;

}  // namespace emulation
