// The parameters of every pass of a scan. src/backends/cuda/scan/scanParams.ts writes the same struct; a test compares the two.
//
// Letters: b picture, p pixel, k direction, g group of channels that share B and C, c channel (d of them), n state, s segment,
// t position in a segment. Pointers are to the first picture of a range; arrays are dense, the last axis fastest.
#pragma once

struct ScanParams {
  const float* u;        // (b, p, d)
  const float* delta;    // (b, p, k, d), before bias and softplus
  const float* A;        // (k, d, n)
  const float* B;        // (b, p, k, g, n)
  const float* C;        // (b, p, k, g, n)
  const float* D;        // (k, d), or null: none
  const float* bias;     // (k, d), or null: none
  const float* dy;       // (b, p, d)
  const float* dLast;    // (b, d, n), or null: zero
  const int* plan;       // (k, mostSegments, 3 + 2 grids): first pixel, step, length, then for each grid its slot and whether it starts here
  const float* weights;  // (grids)

  float* carries;      // (b, k, s, n, d): a segment's end state from zero, then the mean state that enters it
  float* sums;         // (b, k, s, d): sum of dt over a segment; after `gradient` its part of dbias
  float* arrivals;     // (b, k, s, n, d): the adjoint at a segment's end; after `gradient` its part of dA
  float* differences;  // (grids - 1, b, k, s, n, d): a grid's state minus the first one's; after `chainBack` the first is K
  float* skips;        // (b, s, d): a segment's part of dD, of direction 0
  float* slices;       // (block of channels, 2, b, p, k, g, n): parts of dB, then of dC; null if one block has all channels

  float* y;       // (b, p, d)
  float* last;    // (b, d, n), or null
  float* du;      // (b, p, d)
  float* ddelta;  // (b, p, k, d)
  float* dA;      // (k, d, n)
  float* dB;      // (b, p, k, g, n)
  float* dC;      // (b, p, k, g, n)
  float* dD;      // (k, d), or null
  float* dbias;   // (k, d), or null

  int pictures;
  int pixels;
  int channels;
  int states;
  int groups;
  int directions;  // 4, or 1: a sequence
  int grids;
  int slots;           // carries of one direction, over all grids
  int rowSegments;     // of a direction along rows
  int columnSegments;  // of a direction along columns
  int longest;         // maximum positions of a segment
  int axis;            // 0: directions along rows, 1: along columns
  int softplus;        // whether dt = softplus(delta + bias)
  int add;             // whether to add to the existing parameter gradients
  int blocks;          // blocks of channels of a group
};
