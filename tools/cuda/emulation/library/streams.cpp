#include "streams.h"
#include <deque>
#include <memory>
#include <set>

namespace emulation {

struct Stream {
  bool blocking;
  std::deque<std::function<void()>> work;
};

int stickyError = 0;

namespace {
Stream defaultStream{true, {}};
std::set<Stream*> streams;

Stream* orDefault(Stream* stream) {
  return stream ? stream : &defaultStream;
}

void drain(Stream& stream) {
  while (!stream.work.empty()) {
    const auto work = stream.work.front();
    stream.work.pop_front();
    if (!stickyError) work();
  }
}
}  // namespace

Stream* createStream(bool blocking) {
  Stream* stream = new Stream{blocking, {}};
  streams.insert(stream);
  return stream;
}

void destroyStream(Stream* stream) {
  drain(*stream);
  streams.erase(stream);
  delete stream;
}

bool isStream(const Stream* stream) {
  return !stream || streams.count(const_cast<Stream*>(stream));
}

void enqueue(Stream* stream, std::function<void()> work) {
  orDefault(stream)->work.push_back(std::move(work));
}

int finish(Stream* stream) {
  if (!stream)
    for (Stream* other : streams)
      if (other->blocking) drain(*other);
  drain(*orDefault(stream));
  return stickyError;
}

int finishAll() {
  for (Stream* stream : streams) drain(*stream);
  drain(defaultStream);
  return stickyError;
}

bool hasWork(const Stream* stream) {
  return !orDefault(const_cast<Stream*>(stream))->work.empty();
}

}  // namespace emulation
