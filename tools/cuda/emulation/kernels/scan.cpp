// The kernels of scan.cu, compiled for the host. The include path leads to them.
#include "kernels.h"
#include <cstddef>
#include "emulation.h"
#include "scan.cu"

namespace emulation {
namespace {
template <void (*kernel)(ScanParams)>
void call(const void* params) {
  kernel(*static_cast<const ScanParams*>(params));
}

#define ENTRY(name) {#name, {call<name>, sizeof(ScanParams)}}
#define ENTRIES(states) ENTRY(summary_##states), ENTRY(output_##states), ENTRY(summaryBoth_##states)

// created on first use: other files add to it while the library is loaded
std::map<std::string, Kernel>& allKernels() {
  static std::map<std::string, Kernel> kernels = {
      ENTRIES(16),       ENTRIES(8),       ENTRIES(4),           ENTRIES(1),           ENTRY(gradient_8),
      ENTRY(gradient_4), ENTRY(chain_all), ENTRY(chainBack_all), ENTRY(sumSlices_all), ENTRY(sumParameters_all),
  };
  return kernels;
}
}  // namespace

Registered::Registered(const char* name, Kernel kernel) {
  allKernels()[name] = kernel;
}

const Kernel* findKernel(const std::string& name) {
  const auto found = allKernels().find(name);
  return found == allKernels().end() ? nullptr : &found->second;
}

#define FIELD(name) #name, offsetof(ScanParams, name)
const std::vector<Field> scanParams = {
    {FIELD(u)},         {FIELD(delta)},         {FIELD(A)},           {FIELD(B)},       {FIELD(C)},
    {FIELD(D)},         {FIELD(bias)},          {FIELD(dy)},          {FIELD(dLast)},   {FIELD(plan)},
    {FIELD(weights)},   {FIELD(carries)},       {FIELD(sums)},        {FIELD(arrivals)}, {FIELD(differences)},
    {FIELD(skips)},     {FIELD(slices)},        {FIELD(y)},           {FIELD(last)},    {FIELD(du)},
    {FIELD(ddelta)},    {FIELD(dA)},            {FIELD(dB)},          {FIELD(dC)},      {FIELD(dD)},
    {FIELD(dbias)},     {FIELD(pictures)},      {FIELD(pixels)},      {FIELD(channels)}, {FIELD(states)},
    {FIELD(groups)},    {FIELD(directions)},    {FIELD(grids)},       {FIELD(slots)},   {FIELD(rowSegments)},
    {FIELD(columnSegments)}, {FIELD(longest)},  {FIELD(axis)},        {FIELD(softplus)}, {FIELD(add)},
    {FIELD(blocks)},
};
}  // namespace emulation

// name=offset of each field of ScanParams, then size=, for the test that compares them with TypeScript's layout
extern "C" const char* emulationScanParams() {
  static std::string text;
  text.clear();
  for (const auto& [name, offset] : emulation::scanParams) text += std::string(name) + "=" + std::to_string(offset) + "\n";
  text += "size=" + std::to_string(sizeof(ScanParams)) + "\n";
  return text.c_str();
}
