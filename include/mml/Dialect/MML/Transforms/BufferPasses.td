//===- BufferPasses.td - Passes on buffers ---------------*- tablegen -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_DIALECT_MML_TRANSFORMS_BUFFERPASSES_TD
#define MML_DIALECT_MML_TRANSFORMS_BUFFERPASSES_TD

include "mlir/Pass/PassBase.td"

def ExternalizeConstantsPass
    : Pass<"mml-externalize-constants", "::mlir::ModuleOp"> {
  let summary = "Make constants memory that a loader binds";
  let description = [{
    Takes the value out of each `memref.global` that is larger than `threshold`
    bytes, makes the global an external declaration aligned to 64 bytes, and
    keeps the value as the global's attribute `mml.resource`. A loader defines the
    symbol as the address of that memory, so that neither compile time nor the
    executable grow with the weights. The name of a global whose value is a
    resource becomes that of the resource after `constant.`, whatever its size, so
    that weights have their names in the assembly.

    ```mlir
    memref.global "private" constant @w : memref<4xf32> = dense_resource<k>
    // becomes
    memref.global constant @constant.k : memref<4xf32>
        {alignment = 64 : i64, mml.resource = dense_resource<k> : tensor<4xf32>}
    ```
  }];
  let options = [
    Option<"threshold", "threshold", "unsigned", /*default=*/"64",
           "The largest constant, in bytes, that stays in the code">
  ];
  let statistics = [
    Statistic<"numBytes", "bytes", "Number of bytes left to the loader">
  ];
  let dependentDialects = ["::mlir::memref::MemRefDialect"];
}

def ResolveExpandShapesPass : Pass<"mml-resolve-expand-shapes"> {
  let summary = "Lower expansions of one axis to several dynamic ones";
  let description = [{
    Replaces a `memref.expand_shape` of contiguous memory that makes several
    dynamic axes of one by a `memref.reinterpret_cast` to the sizes that the
    operation names. Upstream's `expand-strided-metadata` takes the sizes from
    the types, of which at most one may be dynamic, and must not see the others.

    ```mlir
    %y = memref.expand_shape %x [[0, 1], [2]] output_shape [%a, %b, 8]
       : memref<?x8xf32> into memref<?x?x8xf32>
    // becomes
    %y = memref.reinterpret_cast %x to offset: [0], sizes: [%a, %b, 8],
           strides: [%s, 8, 1] : memref<?x8xf32> to memref<?x?x8xf32, ...>
    ```
  }];
  let dependentDialects = ["::mlir::affine::AffineDialect",
                           "::mlir::memref::MemRefDialect"];
}

def PrivatizeBuffersPass : Pass<"mml-privatize-buffers"> {
  let summary = "Let every thread compute small buffers for itself";
  let description = [{
    Moves buffers into the `omp.parallel` that alone reads them, together with
    the operations before it that write them, so that each thread has a copy of
    its own: the arrangement of one token for a contraction, whose tables of
    sums, or the quantization before them. What one thread writes and the others
    read costs more time on the way between their caches than to be computed
    once more, and the others would only wait meanwhile.

    A buffer moves if its shape is static and has no more than `most-bytes`, if
    it is allocated in the block of the region and freed behind it, if the region
    reads it and does not write it, and if all other operations of that block
    that use it move as well. Those write nothing but buffers that move, have no
    results that others use, and read nothing that the region writes or
    operations which stay behind them, as far as can be told. What runs on
    threads already stays where it is.
  }];
  let options = [
    Option<"mostBytes", "most-bytes", "int64_t", "1 << 19",
           "The largest buffer, in bytes, that each thread has for itself">
  ];
  let statistics = [
    Statistic<"numBuffers", "buffers", "Number of buffers that moved">
  ];
}

def ElideBarriersPass : Pass<"mml-elide-barriers"> {
  let summary = "Leave out barriers before the end of parallel regions";
  let description = [{
    Marks an `omp.wsloop` as `nowait` where an `omp.parallel` ends with it, or
    frees memory that its threads allocated in between: threads wait for each
    other at the end of the region anyway. Loops that reduce or have copies of
    variables keep their barrier. Where threads have written past the caches, each
    ends with a fence, so that who waits for it sees what it wrote.
  }];
  let statistics = [
    Statistic<"numBarriers", "barriers", "Number of barriers left out">
  ];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

def StreamStoresPass : Pass<"mml-stream-stores"> {
  let summary = "Write large results past the caches";
  let description = [{
    Makes stores of vectors to large arrays `nontemporal`, so that lines which
    are written as a whole are not read before, and puts a fence behind the
    outermost loop around them. Threads that such a loop runs on need fences of
    their own: see `mml-elide-barriers`.

    An array is large if it is an allocation of a static shape with `least-bytes`
    or more, which is aligned to 64 bytes. A store is changed if it is known to
    write whole and aligned lines of 64 bytes, from what divides the offsets of
    views and the bounds and steps of loops, and if nothing in the loop reads the
    array. What reads it later finds it in memory and not in a cache, which costs
    less than to read what is overwritten, once and not twice.
  }];
  let options = [
    Option<"leastBytes", "least-bytes", "int64_t", "2 << 20",
           "The bytes of an array from which on it is large">
  ];
  let statistics = [
    Statistic<"numStores", "stores", "Number of stores changed">
  ];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect",
                           "::mlir::vector::VectorDialect"];
}

#endif // MML_DIALECT_MML_TRANSFORMS_BUFFERPASSES_TD
