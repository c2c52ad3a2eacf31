//===- DriverStreams.cpp - Streams behind the driver's entry points -------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Driver.h"

using namespace llvm;

namespace mml::cuda {

CUresult Driver::createStream(CUstream *result, unsigned flags) {
  if (!result || flags > CU_STREAM_NON_BLOCKING)
    return CUDA_ERROR_INVALID_VALUE;
  auto stream = std::make_unique<CUstream_st>();
  stream->context = getCurrent();
  stream->isBlocking = flags != CU_STREAM_NON_BLOCKING;
  *result = stream.get();
  streams[*result] = std::move(stream);
  return CUDA_SUCCESS;
}

CUresult Driver::destroyStream(CUstream stream) {
  auto it = streams.find(stream);
  if (it == streams.end())
    return CUDA_ERROR_INVALID_HANDLE;
  drain(stream);
  for (auto &[event, data] : events)
    if (data->stream == stream)
      data->stream = nullptr;
  streams.erase(it);
  return CUDA_SUCCESS;
}

CUstream Driver::findStream(CUstream stream) {
  // The handle 1 stands for the null stream as well.
  if (!stream || stream == reinterpret_cast<CUstream>(1))
    return nullStreams[getCurrent()].get();
  return streams.count(stream) ? stream : nullptr;
}

void Driver::drain(CUstream stream, uint64_t position) {
  while (!stream->work.empty() && stream->finished < position) {
    std::function<void()> work = std::move(stream->work.front());
    stream->work.pop_front();
    ++stream->finished;
    // After a fault, nothing is done any more.
    if (stream->context->fault == CUDA_SUCCESS)
      work();
  }
}

void Driver::drainAll() {
  for (auto &[context, stream] : nullStreams)
    drain(stream.get());
  for (auto &[handle, stream] : streams)
    drain(handle);
}

void Driver::submit(CUstream stream, std::function<void()> work) {
  CUstream null = nullStreams[stream->context].get();
  if (stream == null) {
    for (auto &[handle, other] : streams)
      if (other->context == stream->context && other->isBlocking)
        drain(handle);
  } else if (stream->isBlocking) {
    drain(null);
  }
  stream->work.push_back(std::move(work));
  ++stream->submitted;
}

CUresult Driver::synchronously(function_ref<CUresult()> work) {
  CUstream null = nullStreams[getCurrent()].get();
  CUresult result = CUDA_SUCCESS;
  submit(null, [&] { result = work(); });
  drain(null);
  return result;
}

CUresult Driver::createEvent(CUevent *result, unsigned flags) {
  if (!result)
    return CUDA_ERROR_INVALID_VALUE;
  auto event = std::make_unique<CUevent_st>();
  event->context = getCurrent();
  event->hasTime = !(flags & CU_EVENT_DISABLE_TIMING);
  *result = event.get();
  events[*result] = std::move(event);
  return CUDA_SUCCESS;
}

CUresult Driver::destroyEvent(CUevent event) {
  if (!isEvent(event))
    return CUDA_ERROR_INVALID_HANDLE;
  // Work that refers to it comes first.
  if (event->stream)
    drain(event->stream, event->position);
  events.erase(event);
  return CUDA_SUCCESS;
}

CUresult Driver::recordEvent(CUevent event, CUstream stream) {
  stream = findStream(stream);
  if (!stream || !isEvent(event))
    return CUDA_ERROR_INVALID_HANDLE;
  event->isDone = false;
  submit(stream, [=] {
    event->time = std::chrono::steady_clock::now();
    event->isDone = true;
  });
  event->stream = stream;
  event->position = stream->submitted;
  return CUDA_SUCCESS;
}

CUresult Driver::waitForEvent(CUstream stream, CUevent event) {
  stream = findStream(stream);
  if (!stream || !isEvent(event))
    return CUDA_ERROR_INVALID_HANDLE;
  CUstream recorded = event->stream;
  if (!recorded || recorded == stream)
    return CUDA_SUCCESS;
  uint64_t position = event->position;
  submit(stream, [=] {
    // The other stream may have gone, with its work done.
    if (streams.count(recorded) || recorded == findStream(nullptr))
      drain(recorded, position);
  });
  return CUDA_SUCCESS;
}

CUresult Driver::synchronizeEvent(CUevent event) {
  if (!isEvent(event))
    return CUDA_ERROR_INVALID_HANDLE;
  if (event->stream)
    drain(event->stream, event->position);
  return CUDA_SUCCESS;
}

CUresult Driver::getElapsed(float *milliseconds, CUevent first,
                            CUevent second) {
  if (!isEvent(first) || !isEvent(second) || !first->hasTime ||
      !second->hasTime || !first->stream || !second->stream)
    return CUDA_ERROR_INVALID_HANDLE;
  if (!milliseconds)
    return CUDA_ERROR_INVALID_VALUE;
  if (!first->isDone || !second->isDone)
    return CUDA_ERROR_NOT_READY;
  *milliseconds =
      std::chrono::duration<float, std::milli>(second->time - first->time)
          .count();
  return CUDA_SUCCESS;
}

} // namespace mml::cuda
