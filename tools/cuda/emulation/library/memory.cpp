#include "memory.h"
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include "fibers.h"

namespace emulation {

DeviceMemory deviceMemory;

namespace {
constexpr size_t ALIGNMENT = 256;
constexpr size_t GUARD_BYTES = 256;
constexpr unsigned char GUARD = 0xA5;
}  // namespace

unsigned long long DeviceMemory::allocate(size_t bytes) {
  if (used_ + bytes > capacity) return 0;
  const size_t padded = (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  unsigned char* memory = static_cast<unsigned char*>(aligned_alloc(ALIGNMENT, padded + GUARD_BYTES));
  if (!memory) return 0;
  memset(memory, 0xff, bytes);  // NaN as float32
  memset(memory + bytes, GUARD, padded + GUARD_BYTES - bytes);
  const unsigned long long address = reinterpret_cast<uintptr_t>(memory);
  sizes_[address] = bytes;
  recent_.fill({0, 0});
  used_ += bytes;
  return address;
}

bool DeviceMemory::release(unsigned long long address, std::string& damage) {
  const auto found = sizes_.find(address);
  if (found == sizes_.end()) return false;
  unsigned char* memory = reinterpret_cast<unsigned char*>(uintptr_t(address));
  for (size_t i = 0; i < GUARD_BYTES; i++)
    if (memory[found->second + i] != GUARD) damage = "a write behind an allocation of " + std::to_string(found->second) + " bytes";
  free(memory);
  used_ -= found->second;
  sizes_.erase(found);
  recent_.fill({0, 0});
  return true;
}

bool DeviceMemory::holds(unsigned long long address, size_t bytes) const {
  for (const auto& [first, size] : recent_)
    if (address - first <= size && address - first + bytes <= size) return true;
  auto after = sizes_.upper_bound(address);
  if (after == sizes_.begin()) return false;
  --after;
  if (address - after->first + bytes > after->second) return false;
  recent_[turn_++ % recent_.size()] = *after;
  return true;
}

void checkRead(const void* pointer, size_t bytes) {
  const unsigned long long address = reinterpret_cast<uintptr_t>(pointer);
  if (address % bytes != 0) fail("a read of " + std::to_string(bytes) + " bytes at a misaligned address");
  if (!deviceMemory.holds(address, bytes)) fail("a read outside of device memory");
}

}  // namespace emulation
