// Work of a stream waits until somebody waits for the stream: what must not be touched before then is caught when it is.
#pragma once
#include <functional>

namespace emulation {

struct Stream;

Stream* createStream(bool blocking);
void destroyStream(Stream* stream);
bool isStream(const Stream* stream);

// `stream` null: the default stream, which waits for all streams but the non-blocking ones.
void enqueue(Stream* stream, std::function<void()> work);
// Does what waits; returns the first error of it, or 0.
int finish(Stream* stream);
int finishAll();
bool hasWork(const Stream* stream);
// what work has failed with; stays until the context is gone, as on a device
extern int stickyError;

}  // namespace emulation
