// Mamba's selective scan over rows, forward and backward, as a compiled kernel for PyTorch on the CPU: one row is a channel of a
// picture's direction. Written only for this comparison.
//
// u, delta, y (groups, channels, steps); A (groups, channels, STATES) and D, bias (groups, channels) repeat for each picture, so
// group g of theirs is g % directions; B, C (groups, steps, STATES).
#include <cmath>
#include <vector>

namespace {
constexpr int STATES = 16;

struct Scan {
  const float *u, *delta, *A, *B, *C, *D, *bias;
  int directions, channels, steps;
};

float softplus(float x) { return x > 20.0f ? x : std::log1p(std::exp(x)); }

// One step of a row's states.
inline void advance(float *state, const float *A, const float *B, float dt, float du) {
  for (int n = 0; n < STATES; n++) state[n] = std::exp(dt * A[n]) * state[n] + du * B[n];
}

void forwardRow(const Scan &s, int group, int channel, float *y) {
  const long row = long(group) * s.channels + channel;
  const long parameter = long(group % s.directions) * s.channels + channel;
  const float *u = s.u + row * s.steps, *delta = s.delta + row * s.steps;
  const float *A = s.A + parameter * STATES;
  const float *B = s.B + long(group) * s.steps * STATES, *C = s.C + long(group) * s.steps * STATES;
  float state[STATES] = {};
  for (int t = 0; t < s.steps; t++) {
    const float dt = softplus(delta[t] + s.bias[parameter]);
    advance(state, A, B + t * STATES, dt, dt * u[t]);
    float sum = s.D[parameter] * u[t];
    for (int n = 0; n < STATES; n++) sum += state[n] * C[t * STATES + n];
    y[row * s.steps + t] = sum;
  }
}

struct Gradients {
  float *u, *delta, *A, *B, *C, *D, *bias;
};

// Adds to the gradients of B and C, which the channels of a group share; those of A, D and bias are per picture.
void backwardRow(const Scan &s, int group, int channel, const float *dy, const Gradients &g, std::vector<float> &states) {
  const long row = long(group) * s.channels + channel;
  const long parameter = long(group % s.directions) * s.channels + channel;
  const float *u = s.u + row * s.steps, *delta = s.delta + row * s.steps;
  const float *A = s.A + parameter * STATES;
  const long shared = long(group) * s.steps * STATES;
  for (int n = 0; n < STATES; n++) states[n] = 0;
  for (int t = 0; t < s.steps; t++) {
    const float dt = softplus(delta[t] + s.bias[parameter]);
    float *next = &states[(t + 1) * STATES];
    for (int n = 0; n < STATES; n++) next[n] = next[n - STATES];
    advance(next, A, s.B + shared + t * STATES, dt, dt * u[t]);
  }
  float carry[STATES] = {}, dA[STATES] = {}, dD = 0, dBias = 0;
  for (int t = s.steps - 1; t >= 0; t--) {
    const float x = delta[t] + s.bias[parameter], dt = softplus(x), out = dy[row * s.steps + t];
    const float *before = &states[t * STATES], *after = before + STATES;
    const float *B = s.B + shared + t * STATES, *C = s.C + shared + t * STATES;
    float *dB = g.B + shared + t * STATES, *dC = g.C + shared + t * STATES;
    float dDt = 0, dDu = 0;
    for (int n = 0; n < STATES; n++) {
      const float decay = std::exp(dt * A[n]);
      carry[n] += out * C[n];
      dC[n] += out * after[n];
      dB[n] += carry[n] * dt * u[t];
      dDu += carry[n] * B[n];
      const float dExponent = carry[n] * before[n] * decay;
      dDt += dExponent * A[n];
      dA[n] += dExponent * dt;
      carry[n] *= decay;
    }
    g.u[row * s.steps + t] = dDu * dt + s.D[parameter] * out;
    dD += out * u[t];
    const float dX = (dDt + dDu * u[t]) / (1.0f + std::exp(-x));
    g.delta[row * s.steps + t] = dX;
    dBias += dX;
  }
  for (int n = 0; n < STATES; n++) g.A[row * STATES + n] = dA[n];
  g.D[row] = dD;
  g.bias[row] = dBias;
}
} // namespace

extern "C" void scan_forward(const Scan *s, int groups, float *y) {
#pragma omp parallel for collapse(2) schedule(dynamic, 8)
  for (int group = 0; group < groups; group++)
    for (int channel = 0; channel < s->channels; channel++) forwardRow(*s, group, channel, y);
}

// The gradients of A, D and bias are per picture, (groups, channels, ...).
extern "C" void scan_backward(const Scan *s, int groups, const float *dy, const Gradients *g) {
#pragma omp parallel
  {
    std::vector<float> states(long(s->steps + 1) * STATES);
#pragma omp for schedule(dynamic, 1)
    for (int group = 0; group < groups; group++)
      for (int channel = 0; channel < s->channels; channel++) backwardRow(*s, group, channel, dy, *g, states);
  }
}
