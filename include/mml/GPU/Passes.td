//===- Passes.td - Passes towards kernels of a GPU ---------*- tablegen -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#ifndef MML_GPU_PASSES_TD
#define MML_GPU_PASSES_TD

include "mlir/Pass/PassBase.td"

def AttachGPUTargetPass : Pass<"mml-attach-gpu-target", "::mlir::ModuleOp"> {
  let summary = "Say which GPU the kernels are for";
  let description = [{
    Gives each `gpu.module` the target `#nvvm.target` of `chip`. A chip that LLVM
    does not know, or one older than sm_75, is an error before any pass has run,
    and so is a version of PTX in `features` that the chip cannot have: LLVM
    ends the process for these.
  }];
  let options = [
    Option<"chip", "chip", "std::string", /*default=*/"\"sm_80\"",
           "The GPU to compile for: sm_75, sm_80, sm_86, sm_89, sm_90, ...">,
    Option<"features", "features", "std::string", /*default=*/"\"\"",
           "The version of PTX: +ptx78, ... (default: the first that the chip "
           "can have)">,
    Option<"optLevel", "opt-level", "unsigned", /*default=*/"3",
           "LLVM's optimization level for kernels, up to 3">
  ];
  let dependentDialects = ["::mlir::NVVM::NVVMDialect"];
}

def TileContractionsForGPUPass
    : InterfacePass<"mml-tile-contractions-for-gpu",
                    "::mlir::FunctionOpInterface"> {
  let summary = "Cut packed contractions into tiles that are blocks of threads";
  let description = [{
    Cuts each `mml.contract_packed`, together with the elementwise operations
    that its sums go through, into tiles of tokens and outputs, which are the
    iterations of an `scf.forall`. How large they are follows from the number of
    tokens. Where that is known at run time only, there is a version for up to
    1, 8, 16, 32 and 64 tokens each and some for more, and the host chooses:
    each becomes a kernel that has the registers and the threads that it needs.

    For more than 64 tokens the tiles are those that are reckoned to be the
    fastest on the processors of `chip`: large ones read less, small ones are
    blocks for more processors. Where there are still too few of them, the depth
    is cut into parts, too. The attribute `depth_parts` of the contraction in
    a tile has the number of parts and, where that is more than one, of the tiles
    that there are at most. Up to 128, 256 and 512 tokens are versions of their own where
    they get other tiles.

    ```mlir
    %y = mml.contract_packed ... -> tensor<?x640xi32>
    // becomes
    %y = scf.if %n <= 1 {
      // tiles of 1 x 32
    } else {
      // ...
    }
    ```
  }];
  let options = [
    Option<"chip", "chip", "std::string", /*default=*/"\"sm_80\"",
           "The GPU to compile for: sm_75, sm_80, sm_86, sm_89, sm_90, ...">
  ];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::scf::SCFDialect", "::mlir::tensor::TensorDialect"
  ];
}

def MoveToDevicePass : Pass<"mml-move-to-device", "::mlir::ModuleOp"> {
  let summary = "Keep buffers in the memory of a GPU";
  let description = [{
    Makes every buffer one of the device. Functions that a loader calls (those
    with `mml.signature`) take and return memory of the host: inputs are copied
    to the device at their beginning, results from it at their end, and nothing
    between is. Globals with `mml.resource` are bound to memory of the device by
    the loader; others are copied to it in each call.

    ```mlir
    func.func @main(%x: memref<?x4xf32>) -> memref<?x4xf32> {
      %b = memref.alloc(%n) : memref<?x4xf32>
      // ...
      return %b : memref<?x4xf32>
    }
    // becomes
    func.func @main(%x: memref<?x4xf32>) -> memref<?x4xf32> {
      %d = gpu.alloc(%n) : memref<?x4xf32>
      gpu.memcpy %d, %x : memref<?x4xf32>, memref<?x4xf32>
      %b = gpu.alloc(%n) : memref<?x4xf32>
      // ...
      %r = memref.alloc(%n) : memref<?x4xf32>
      gpu.memcpy %r, %b : memref<?x4xf32>, memref<?x4xf32>
      gpu.dealloc %b : memref<?x4xf32>
      gpu.dealloc %d : memref<?x4xf32>
      return %r : memref<?x4xf32>
    }
    ```

    Buffers have to be freed by then, and results to be the caller's own. A call
    of a function that a loader calls, of one without a body, and a global
    that is no constant are errors.
  }];
  let dependentDialects = [
    "::mlir::gpu::GPUDialect", "::mlir::memref::MemRefDialect"
  ];
}

def ConvertLinalgToGPUPass : Pass<"mml-convert-linalg-to-gpu", "::mlir::ModuleOp"> {
  let summary = "Make kernels of operations of linalg on memrefs";
  let description = [{
    Lowers operations of linalg on memrefs, and copies, to a `gpu.launch` each:
    a thread an element of the result, in the order of memory. What is summed
    over is a loop with the sums in registers, in the order of the indices, so
    that integers and floats are those of a plain loop. Loads and stores between
    them become kernels of one thread.

    Operations that follow one another and compute each row of a matrix from the
    same row become one kernel together, with a block of threads a row, where one
    of them sums over rows: norms, largest magnitudes, quantization. The threads
    of a block share a row and its sum, whose order is always the same. An
    `mml.pack_activations` in a layout `#mml.dot` that arranges what the last of
    them computes is part of the kernel, and the array between is not allocated
    where nothing else uses it. Other arrangements become a kernel each, with a
    block of threads a token.

    Anything else that would reach the memory of the device from the host is an
    error.

    ```mlir
    linalg.generic {...} ins(%x : memref<?x64xf32>) outs(%y : memref<?xf32>)
    // becomes
    gpu.launch blocks(...) in (%n ceildiv 256, 1, 1) threads(...) in (256, 1, 1) {
      // %i = block * 256 + thread
      scf.if %i < %n {
        %s = scf.for %k = 0 to 64 iter_args(...)
        memref.store %s, %y[%i]
      }
    }
    ```
  }];
  let options = [
    Option<"blockThreads", "block-threads", "unsigned", /*default=*/"256",
           "The most threads of a block, a multiple of 32 up to 1024">
  ];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::gpu::GPUDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::memref::MemRefDialect", "::mlir::NVVM::NVVMDialect",
    "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"
  ];
}

def ConvertKernelsToGPUPass
    : Pass<"mml-convert-kernels-to-gpu", "::mlir::ModuleOp"> {
  let summary = "Make kernels of packed contractions on memrefs";
  let description = [{
    Lowers each `mml.contract_packed` in the layout `#mml.dot<rows = 32>` to a
    `gpu.launch`, or two. Tiles of a contraction, which are the iterations of an
    `scf.forall`, become blocks of threads, with what is computed of the sums:
    those stay in shared memory.

    One token is summed by `dp4a` straight from packed words: each lane reads 16
    bytes, which are four outputs for 16 k, each byte is read once, and the warps
    share the depth and add their sums in a fixed order. Up to 64 tokens are
    multiplied by `mma.sync`, whose rows are outputs, in the same way. For more,
    and where the contraction has the attribute `depth_parts`,
    packed words and activations come to shared memory by `cp.async` three tiles
    of depth ahead, and several warps use them there. sm_75 has no `cp.async`,
    and gets plain copies and the smaller product. A depth that is cut into parts
    is two launches: blocks of threads leave the sums of a part in memory of the
    device, and a second kernel adds these up in the order of the depth and
    computes what becomes of them. Elementwise operations on the
    sums are computed in registers, where the sums are. Sums are
    exact in i32. A remark says what was chosen, and why.
  }];
  let options = [
    Option<"chip", "chip", "std::string", /*default=*/"\"sm_80\"",
           "The GPU to compile for: sm_75, sm_80, sm_86, sm_89, sm_90, ...">
  ];
  let dependentDialects = [
    "::mlir::affine::AffineDialect", "::mlir::arith::ArithDialect",
    "::mlir::gpu::GPUDialect", "::mlir::LLVM::LLVMDialect",
    "::mlir::linalg::LinalgDialect", "::mlir::memref::MemRefDialect",
    "::mlir::NVVM::NVVMDialect", "::mlir::nvgpu::NVGPUDialect",
    "::mlir::scf::SCFDialect", "::mlir::vector::VectorDialect"
  ];
}

def MergeKernelsPass : Pass<"mml-merge-kernels", "::mlir::ModuleOp"> {
  let summary = "Make one kernel of those that compute the same";
  let description = [{
    Where kernels of a `gpu.module` differ in nothing but their names and the
    floats in them, which are what tells the layers of a model apart, only the
    first one is kept. A float that is not the same in all of them becomes a
    parameter behind the others, which launches give. Integers, such as sizes,
    are what a kernel's code is made for and stay. So compiling a model of many
    layers takes as long as compiling its different layers. The statistic
    `merged` counts the kernels that are gone.

    ```mlir
    gpu.launch_func @kernels::@a blocks in ... args(%x : memref<4xf32>)
    gpu.launch_func @kernels::@b blocks in ... args(%y : memref<4xf32>)
    // becomes, where @a has 1.0 and @b has 2.0
    %one = arith.constant 1.0 : f32
    gpu.launch_func @kernels::@a blocks in ... args(%x : memref<4xf32>, %one : f32)
    %two = arith.constant 2.0 : f32
    gpu.launch_func @kernels::@a blocks in ... args(%y : memref<4xf32>, %two : f32)
    ```
  }];
  let statistics = [
    Statistic<"numMerged", "merged", "Number of kernels that are another one">
  ];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

def PredicateLaunchesPass
    : InterfacePass<"mml-predicate-launches", "::mlir::FunctionOpInterface"> {
  let summary = "Launch no blocks instead of branching around launches";
  let description = [{
    Replaces an `scf.if` around launches and what computes their operands by
    these, with a grid that has no blocks where the branch is not taken. The
    launches of a function are in one sequence then, which a stream takes without
    waiting. Who runs them has to know that a launch without blocks is nothing.

    ```mlir
    scf.if %c {
      gpu.launch_func @kernels::@a blocks in (%n, %c1, %c1) ...
    }
    // becomes
    %blocks = arith.select %c, %n, %c0 : index
    gpu.launch_func @kernels::@a blocks in (%blocks, %c1, %c1) ...
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

def ResolveDeviceFunctionsPass
    : Pass<"mml-resolve-device-functions", "::mlir::gpu::GPUModuleOp"> {
  let summary = "Make instructions of calls of NVIDIA's device library";
  let description = [{
    Replaces calls of functions that are an instruction of every GPU, such as
    `__nv_sqrtf`, by LLVM's intrinsics. Calls of others are errors: nothing
    defines them, which only NVIDIA's assembler would notice.
  }];
  let dependentDialects = ["::mlir::LLVM::LLVMDialect"];
}

#endif // MML_GPU_PASSES_TD
