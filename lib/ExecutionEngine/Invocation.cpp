//===- Invocation.cpp - One call of a compiled function -------------------===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "Invocation.h"

#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/SmallPtrSet.h"

#include <cstring>
#include <optional>

using namespace mml::engine;
using llvm::ArrayRef;
using llvm::Error;
using llvm::Expected;

static_assert(sizeof(void *) == sizeof(int64_t),
              "descriptors are made of 64-bit words");

/// MLIR's lowering gives this as the pointer to free of a memref that is a
/// global, so that who frees it by mistake sees why.
static const void *const globalMarker = reinterpret_cast<void *>(0xdeadbeef);

static size_t getNumWords(size_t rank) { return 3 + 2 * rank; }

namespace {
/// A descriptor that a function returned.
struct ResultDescriptor {
  ResultDescriptor(const int64_t *words, size_t rank)
      : toFree(reinterpret_cast<void *>(words[0])),
        data(reinterpret_cast<const char *>(words[1])), offset(words[2]),
        sizes(words + 3, rank), strides(words + 3 + rank, rank) {}

  void *toFree;
  const char *data;
  int64_t offset;
  ArrayRef<int64_t> sizes, strides;
};
} // namespace

Invocation::Invocation(const EntrySignature &signature,
                       ArrayRef<const HostTensor *> inputs)
    : signature(signature), inputs(inputs) {
  size_t numWords = 0;
  for (const TensorSpec &output : signature.outputs)
    numWords += getNumWords(output.shape.size());
  llvm::SmallVector<size_t> starts;
  if (!signature.outputs.empty())
    starts.push_back(0);
  for (const TensorSpec &input : signature.inputs) {
    starts.push_back(numWords);
    numWords += getNumWords(input.shape.size());
  }
  words.resize(numWords);
  for (size_t start : starts)
    arguments.push_back(words.data() + start);

  for (auto [input, start] : llvm::zip_equal(
           inputs, ArrayRef(starts).take_back(signature.inputs.size()))) {
    size_t rank = input->getShape().size();
    int64_t *descriptor = words.data() + start;
    descriptor[0] = descriptor[1] = reinterpret_cast<int64_t>(input->data());
    descriptor[2] = 0;
    int64_t stride = 1;
    for (size_t d = rank; d-- > 0;) {
      descriptor[3 + d] = input->getShape()[d];
      descriptor[3 + rank + d] = stride;
      stride *= input->getShape()[d];
    }
  }
}

static Expected<HostTensor> copyResult(const TensorSpec &spec,
                                       const ResultDescriptor &result) {
  if (Error error = spec.check(spec.dtype, result.sizes))
    return std::move(error);
  Expected<HostTensor> tensor =
      HostTensor::createUninitialized(spec.dtype, result.sizes);
  if (!tensor)
    return tensor.takeError();

  // Rows are contiguous almost always, whole tensors most of the time.
  size_t width = getByteWidth(spec.dtype), rank = result.sizes.size();
  size_t outer = rank;
  int64_t run = 1;
  while (outer > 0 &&
         (result.strides[outer - 1] == run || result.sizes[outer - 1] == 1))
    run *= result.sizes[--outer];
  llvm::SmallVector<int64_t> position(outer, 0);
  int64_t offset = result.offset;
  for (int64_t i = 0, e = tensor->getNumElements(); i < e; i += run) {
    std::memcpy(tensor->data() + i * width, result.data + offset * width,
                run * width);
    for (size_t d = outer; d-- > 0;) {
      offset += result.strides[d];
      if (++position[d] < result.sizes[d])
        break;
      offset -= result.strides[d] * result.sizes[d];
      position[d] = 0;
    }
  }
  return tensor;
}

/// The result itself as a tensor, if it is what a tensor is: contiguous from an
/// aligned address on.
static std::optional<HostTensor> adoptResult(const TensorSpec &spec,
                                             const ResultDescriptor &result) {
  if (Error error = spec.check(spec.dtype, result.sizes)) {
    // Who copies it says so.
    llvm::consumeError(std::move(error));
    return std::nullopt;
  }
  int64_t run = 1;
  for (size_t d = result.sizes.size(); d-- > 0; run *= result.sizes[d])
    if (result.sizes[d] != 1 && result.strides[d] != run)
      return std::nullopt;
  char *start = const_cast<char *>(result.data) +
                result.offset * int64_t(getByteWidth(spec.dtype));
  if (reinterpret_cast<uintptr_t>(start) % HostTensor::alignment != 0)
    return std::nullopt;
  return HostTensor::adopt(spec.dtype, result.sizes,
                           run * int64_t(getByteWidth(spec.dtype)),
                           result.toFree, start);
}

Expected<llvm::SmallVector<HostTensor>>
Invocation::takeResults(llvm::function_ref<bool(const void *)> isForeign) {
  llvm::SmallPtrSet<const void *, 8> keep{nullptr, globalMarker};
  for (const HostTensor *input : inputs)
    keep.insert(input->data());
  llvm::SmallVector<ResultDescriptor> descriptors;
  // Two results may be views of one buffer.
  llvm::SmallDenseMap<const void *, unsigned> uses;
  const int64_t *descriptor = words.data();
  for (const TensorSpec &output : signature.outputs) {
    descriptors.emplace_back(descriptor, output.shape.size());
    descriptor += getNumWords(output.shape.size());
    ++uses[descriptors.back().toFree];
  }

  llvm::SmallVector<HostTensor> results;
  llvm::SmallVector<void *> buffers;
  Error failure = Error::success();
  for (auto [output, result] :
       llvm::zip_equal(signature.outputs, descriptors)) {
    bool isOwned =
        keep.insert(result.toFree).second && !isForeign(result.toFree);
    if (!failure && isOwned && uses.lookup(result.toFree) == 1)
      if (std::optional<HostTensor> tensor = adoptResult(output, result)) {
        results.push_back(std::move(*tensor));
        continue;
      }
    if (isOwned)
      buffers.push_back(result.toFree);
    if (failure)
      continue;
    if (Expected<HostTensor> tensor = copyResult(output, result))
      results.push_back(std::move(*tensor));
    else
      failure = llvm::createStringError("output '" + output.name + "': " +
                                        llvm::toString(tensor.takeError()));
  }
  for (void *buffer : buffers)
    std::free(buffer);
  if (failure)
    return std::move(failure);
  return results;
}
