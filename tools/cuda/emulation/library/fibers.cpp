#include "fibers.h"
#include <setjmp.h>
#include <ucontext.h>
#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <vector>

Index threadIdx, blockIdx, blockDim, gridDim;

namespace emulation {
namespace {

constexpr int WARP = 32;
constexpr size_t STACK = 64 * 1024;
constexpr size_t GUARD = 16;  // guard words after the shared memory
const float GUARD_WORD = -12345.0f;

enum class State { ready, inShuffle, atBarrier, done };

struct Fiber {
  ucontext_t first;
  jmp_buf resume;
  bool started = false;
  std::unique_ptr<char[]> stack{new char[STACK]};
  State state = State::ready;
  Index thread{};
  int number = 0;
  int shuffles = 0;
  int distance = 0;
};

std::vector<std::unique_ptr<Fiber>> fibers;
std::vector<float> given;  // [parity of the shuffle][thread]: a warp's fibers are never two shuffles apart
std::vector<float> shared;
const std::function<void()>* job = nullptr;
Fiber* running = nullptr;
jmp_buf scheduler;
std::string failure;

// A fiber is reused: after its thread it waits for the next one.
void fiberMain() {
  for (;;) {
    (*job)();
    running->state = State::done;
    if (_setjmp(running->resume) == 0) _longjmp(scheduler, 1);
  }
}

void yieldAs(State state) {
  running->state = state;
  if (_setjmp(running->resume) == 0) _longjmp(scheduler, 1);
}

void resume(Fiber& fiber) {
  running = &fiber;
  threadIdx = fiber.thread;
  fiber.state = State::ready;
  if (_setjmp(scheduler) == 0) {
    if (fiber.started) _longjmp(fiber.resume, 1);
    fiber.started = true;
    getcontext(&fiber.first);
    fiber.first.uc_stack.ss_sp = fiber.stack.get();
    fiber.first.uc_stack.ss_size = STACK;
    fiber.first.uc_link = nullptr;
    makecontext(&fiber.first, fiberMain, 0);
    setcontext(&fiber.first);
  }
}

// Whether all fibers of [first, last) wait for the same shuffle; a fiber that has ended never arrives.
bool warpArrived(int first, int last) {
  for (int i = first; i < last; i++)
    if (fibers[i]->state != State::inShuffle || fibers[i]->distance != fibers[first]->distance) return false;
  return true;
}

// Resumes the runnable fibers of one warp; returns whether any ran.
bool runWarp(int first, int last, int& done) {
  const bool arrived = warpArrived(first, last);
  if (arrived && last - first < WARP) failure = "a shuffle of a warp of fewer than 32 threads";
  bool moved = false;
  for (int i = first; i < last && failure.empty(); i++) {
    Fiber& fiber = *fibers[i];
    if (fiber.state != State::ready && !(arrived && fiber.state == State::inShuffle)) continue;
    resume(fiber);
    moved = true;
    if (fiber.state == State::done) done++;
  }
  return moved;
}

// Warps run interleaved or each as far as it can, starting with the first or the last: a missing barrier shows in one of the
// four.
void runBlock(int threads, bool backwards, bool ahead) {
  const int warps = (threads + WARP - 1) / WARP;
  int done = 0;
  while (done < threads && failure.empty()) {
    bool moved = false;
    for (int w = 0; w < warps; w++) {
      const int first = (backwards ? warps - 1 - w : w) * WARP;
      const int last = std::min(first + WARP, threads);
      bool again;
      do {
        again = runWarp(first, last, done) && failure.empty();
        moved |= again;
      } while (ahead && again);
    }
    if (moved || !failure.empty()) continue;
    for (int i = 0; i < threads; i++) {
      Fiber& fiber = *fibers[i];
      if (fiber.state == State::atBarrier) continue;
      failure = "threads of a block wait for others that never arrive: thread " + std::to_string(i) +
                (fiber.state == State::done ? " has ended" : " is in a shuffle");
      return;
    }
    for (int i = 0; i < threads; i++) fibers[i]->state = State::ready;
  }
}

}  // namespace

float* sharedMemory() {
  return shared.data();
}

void waitForBlock() {
  yieldAs(State::atBarrier);
}

float exchange(float value, int distance) {
  const size_t side = (running->shuffles++ & 1) * fibers.size();
  given[side + running->number] = value;
  running->distance = distance;
  yieldAs(State::inShuffle);
  return given[side + (running->number ^ distance)];
}

void fail(const std::string& message) {
  failure = message;
  _longjmp(scheduler, 1);
}

std::string runLaunch(const Launch& launch, const std::function<void()>& body) {
  const int threads = launch.block.x * launch.block.y * launch.block.z;
  while (int(fibers.size()) < threads) fibers.push_back(std::make_unique<Fiber>());
  given.assign(2 * fibers.size(), 0.0f);
  job = &body;
  failure.clear();
  gridDim = launch.grid;
  blockDim = launch.block;
  const size_t words = (launch.sharedBytes + 3) / 4;
  shared.resize(words + GUARD);
  for (unsigned z = 0; z < launch.grid.z; z++)
    for (unsigned y = 0; y < launch.grid.y; y++)
      for (unsigned x = 0; x < launch.grid.x; x++) {
        blockIdx = {x, y, z};
        std::fill(shared.begin(), shared.begin() + words, std::numeric_limits<float>::quiet_NaN());
        std::fill(shared.begin() + words, shared.end(), GUARD_WORD);
        for (int i = 0; i < threads; i++) {
          Fiber& fiber = *fibers[i];
          fiber.state = State::ready;
          fiber.number = i;
          fiber.shuffles = 0;
          fiber.thread = {i % launch.block.x, i / launch.block.x % launch.block.y,
                          i / (launch.block.x * launch.block.y)};
        }
        runBlock(threads, (x & 1) != 0, (x & 2) != 0);
        if (failure.empty())
          for (size_t i = words; i < shared.size(); i++)
            if (shared[i] != GUARD_WORD) failure = "a write behind the shared memory";
        if (!failure.empty()) {
          fibers.clear();  // some were stopped midway
          return failure + ", in block (" + std::to_string(x) + ", " + std::to_string(y) + ", " + std::to_string(z) + ")";
        }
      }
  return "";
}

}  // namespace emulation
