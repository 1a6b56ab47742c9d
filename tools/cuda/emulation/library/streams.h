// Work of a stream is deferred until the stream is synchronised, so that accesses before that are detected.
#pragma once
#include <functional>

namespace emulation {

struct Stream;

Stream* createStream(bool blocking);
void destroyStream(Stream* stream);
bool isStream(const Stream* stream);

// `stream` null: the default stream, which waits for all streams but the non-blocking ones.
void enqueue(Stream* stream, std::function<void()> work);
// Runs the pending work; returns its first error, or 0.
int finish(Stream* stream);
int finishAll();
bool hasWork(const Stream* stream);
// the error of failed work; persists until the context is destroyed, as on a device
extern int stickyError;

}  // namespace emulation
