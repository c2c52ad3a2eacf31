// RUN: mml-opt %s --mml-convert-kernels-to-gpu --split-input-file | FileCheck %s
// RUN: mml-opt %s --mml-convert-kernels-to-gpu=chip=sm_75 --split-input-file | FileCheck %s --check-prefix=OLD
// RUN: mml-opt %s --mml-convert-kernels-to-gpu --remark-format=emitRemark --remarks-filter=mml-convert-kernels-to-gpu --split-input-file -o %t 2>&1 | FileCheck %s --check-prefix=REMARK

// One token: every warp reads 16 bytes a lane of all blocks of outputs, and the
// sums of the warps meet in shared memory. What is computed of the sums is part
// of the kernel, and the array of sums does not exist.

// REMARK: dp4a: one token is limited by the bytes of the weights
// CHECK-LABEL: func.func @few(
// CHECK-SAME:      %[[TILES:.*]]: memref<1x8x16x64xi8>, %[[SUMS:.*]]: memref<1x16xi32>, %[[W:.*]]: memref<8x32x128xi8>
// CHECK:         gpu.launch blocks({{.*}} in (%{{.*}} = %c2, {{.*}} threads({{.*}} in (%{{.*}} = %c64{{.*}} module(@kernels) function(@few_contract_packed_0) workgroup(%[[SHARED:.*]] : memref<1024xi8, #gpu.address_space<workgroup>>)
// CHECK-NOT:       memref.alloc
// CHECK-NOT:       scf.if
// CHECK-COUNT-4:   vector.load %{{.*}} {alignment = 16 : i64} : {{.*}} vector<16xi8>
// CHECK:           scf.for {{.*}} -> (i32, i32, i32, i32,
// CHECK:             vector.load %[[TILES]]{{.*}} {alignment = 16 : i64} : {{.*}} vector<16xi8>
// CHECK-COUNT-128:   nvvm.dot.accumulate.4way
// CHECK:             scf.yield
// CHECK-COUNT-128: nvvm.dot.accumulate.4way
// CHECK-NOT:       nvvm.dot.accumulate.4way
// CHECK:           gpu.shuffle xor
// CHECK:           gpu.barrier
// CHECK:           memref.load %[[SUMS]]
// CHECK:           arith.sitofp
// CHECK-NOT:       nvvm.mma.sync
func.func @few(%tiles: memref<1x8x16x64xi8>, %sums: memref<1x16xi32>, %w: memref<8x32x128xi8>, %y: memref<1x256xf32>) {
  scf.forall (%j) = (0) to (256) step (128) {
    %block = affine.apply affine_map<(d0) -> (d0 floordiv 32)>(%j)
    %part = memref.subview %w[%block, 0, 0] [4, 32, 128] [1, 1, 1] : memref<8x32x128xi8> to memref<4x32x128xi8, strided<[4096, 128, 1], offset: ?>>
    %s = memref.alloc() : memref<1x128xi32>
    mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%tiles, %sums : memref<1x8x16x64xi8>, memref<1x16xi32>)
        kernel(%part : memref<4x32x128xi8, strided<[4096, 128, 1], offset: ?>>) outs(%s : memref<1x128xi32>)
    %out = memref.subview %y[0, %j] [1, 128] [1, 1] : memref<1x256xf32> to memref<1x128xf32, strided<[256, 1], offset: ?>>
    linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d0, d1)>], iterator_types = ["parallel", "parallel"]}
        ins(%s : memref<1x128xi32>) outs(%out : memref<1x128xf32, strided<[256, 1], offset: ?>>) {
    ^bb0(%in: i32, %o: f32):
      %f = arith.sitofp %in : i32 to f32
      linalg.yield %f : f32
    }
    memref.dealloc %s : memref<1x128xi32>
  }
  return
}

// -----

// Many tokens: copies run ahead of products, which are without a branch where
// everything is inside.

// REMARK: mma.sync m16n8k32 from shared memory: many tokens are limited by products; tiles of 128 x 128"
// CHECK-LABEL: func.func @many(
// CHECK-NOT:       nvvm.dot.accumulate.4way
// CHECK-COUNT-3:   nvgpu.device_async_create_group
// CHECK:           scf.for
// CHECK:             nvvm.cp.async.wait.group 2
// CHECK-NEXT:        gpu.barrier
// CHECK-COUNT-2:     nvgpu.device_async_copy {{.*}}], 16 {bypassL1} : memref<8x8x16x64xi8> to
// CHECK:             nvgpu.device_async_copy {{.*}}], 16 {bypassL1} : memref<4x32x128xi8> to
// CHECK:             nvgpu.device_async_create_group
// CHECK-COUNT-4:     vector.load {{.*}} {alignment = 16 : i64} : memref<4x10240xi8, #gpu.address_space<workgroup>>, vector<16xi8>
// CHECK-NOT:         vector.load
// CHECK:             nvgpu.ldmatrix {{.*}} {numTiles = 4 : i32, transpose = false} : memref<4x10240xi8, #gpu.address_space<workgroup>> -> vector<4x4xi8>
// CHECK-COUNT-4:     nvvm.mma.sync {{.*}} {intOverflowBehavior = #nvvm.mma_int_overflow<wrapped>, {{.*}} shape = #nvvm.shape<m = 16, n = 8, k = 32>}
// CHECK:             nvgpu.ldmatrix {{.*}} {numTiles = 4 : i32, transpose = false} : memref<4x10240xi8, #gpu.address_space<workgroup>> -> vector<4x4xi8>
// CHECK-COUNT-28:    nvvm.mma.sync
// CHECK-NOT:         nvvm.mma.sync
// CHECK:           gpu.barrier
// CHECK:           scf.for
// CHECK:             memref.load %{{.*}} : memref<8x16xi32>
// CHECK:             vector.store %{{.*}} {alignment = 16 : i64} : memref<128x128xi32>, vector<4xi32>
// The chip before has neither.
// OLD-LABEL: func.func @many(
// OLD-NOT:       async
// OLD:           nvgpu.ldmatrix {{.*}}numTiles = 4
// OLD-COUNT-128: nvvm.mma.sync {{.*}} shape = #nvvm.shape<m = 8, n = 8, k = 16>
// OLD-NOT:       nvvm.mma.sync
func.func @many(%tiles: memref<8x8x16x64xi8>, %sums: memref<8x16xi32>, %w: memref<4x32x128xi8>, %y: memref<128x128xi32>) {
  mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%tiles, %sums : memref<8x8x16x64xi8>, memref<8x16xi32>)
      kernel(%w : memref<4x32x128xi8>) outs(%y : memref<128x128xi32>)
  return
}

// -----

// A depth in parts: blocks for two tiles of depth each leave their sums in memory,
// which is outside of the branch that the launches are in; another kernel adds them
// up, and computes what becomes of them.

// REMARK: tiles of 64 x 64 in 2 parts of the depth
// CHECK-LABEL: func.func @parts(
// CHECK:         %[[PARTS:.*]] = memref.alloc() : memref<1x8x2x128x4xi32>
// CHECK:         scf.if
// CHECK-NOT:       memref.alloc
// CHECK:           gpu.launch blocks({{.*}} in (%{{.*}} = %c2{{.*}} threads({{.*}} in (%{{.*}} = %c128{{.*}} function(@parts_contract_packed_
// CHECK:             nvvm.mma.sync
// CHECK-NOT:         memref.load %{{.*}} : memref<?x16xi32>
// CHECK-COUNT-8:     vector.store %{{.*}}, %[[PARTS]]{{.*}} {alignment = 16 : i64}
// CHECK-NOT:         vector.store
// CHECK:             gpu.terminator
// CHECK:           gpu.launch blocks({{.*}} in (%{{.*}} = %c8{{.*}} threads({{.*}} in (%{{.*}} = %c128{{.*}} function(@parts_add_parts_
// CHECK-COUNT-2:     vector.load %[[PARTS]]{{.*}} {alignment = 16 : i64}
// CHECK:             arith.addi %{{.*}} : vector<4xi32>
// CHECK:             memref.load %{{.*}} : memref<?x16xi32>
// CHECK:             gpu.terminator
// CHECK:         memref.dealloc %[[PARTS]]
// OLD-LABEL: func.func @parts(
func.func @parts(%c: i1, %tiles: memref<?x4x16x64xi8>, %sums: memref<?x16xi32>, %w: memref<2x16x128xi8>, %y: memref<64x64xi32>) {
  scf.if %c {
    mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%tiles, %sums : memref<?x4x16x64xi8>, memref<?x16xi32>)
        kernel(%w : memref<2x16x128xi8>) outs(%y : memref<64x64xi32>) {depth_parts = array<i64: 2, 1>}
  }
  return
}

// -----

// Up to eight tokens: the warps share the depth. Tokens that are not there are
// left out when sums are written, and outputs one by one where they do not come
// by fours.

// REMARK: mma.sync m16n8k32 from global memory: up to 8 tokens are limited by bytes
// OLD-LABEL: func.func @some(
// CHECK-LABEL: func.func @some(
// CHECK:         gpu.launch {{.*}} threads({{.*}} = %c64{{.*}}
// CHECK-NOT:       async
// CHECK-COUNT-4:   nvvm.mma.sync
// CHECK:           gpu.barrier
// CHECK:           scf.for
// CHECK:             scf.if
// CHECK-COUNT-4:       scf.if
func.func @some(%tiles: memref<?x8x16x64xi8>, %sums: memref<?x16xi32>, %w: memref<1x32x128xi8>, %y: memref<?x21xi32>) {
  %c0 = arith.constant 0 : index
  %n = memref.dim %y, %c0 : memref<?x21xi32>
  scf.forall (%i) = (0) to (%n) step (8) {
    %count = affine.min affine_map<(d0)[s0] -> (s0 - d0, 8)>(%i)[%n]
    %out = memref.subview %y[%i, 0] [%count, 21] [1, 1] : memref<?x21xi32> to memref<?x21xi32, strided<[21, 1], offset: ?>>
    mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%tiles, %sums : memref<?x8x16x64xi8>, memref<?x16xi32>)
        kernel(%w : memref<1x32x128xi8>) outs(%out : memref<?x21xi32, strided<[21, 1], offset: ?>>)
  }
  return
}

// -----

// Others stay: among them what arranges activations, which rows may be a part of.

// CHECK-LABEL: func.func @others(
// CHECK-NOT:     gpu.launch
// CHECK:         scf.forall
// CHECK:         linalg.fill
// CHECK:         mml.pack_activations
func.func @others(%x: memref<8xf32>, %q: memref<?x128xi8>, %tiles: memref<?x2x16x64xi8>, %sums: memref<?x16xi32>) {
  %zero = arith.constant 0.0 : f32
  scf.forall (%i) in (8) {
    memref.store %zero, %x[%i] : memref<8xf32>
  }
  linalg.fill ins(%zero : f32) outs(%x : memref<8xf32>)
  mml.pack_activations #mml.dot<rows = 32> ins(%q : memref<?x128xi8>) outs(%tiles, %sums : memref<?x2x16x64xi8>, memref<?x16xi32>)
  return
}

// -----

// Where there are no sums, there is nothing to launch.

// CHECK-LABEL: func.func @empty(
// CHECK-NEXT:    return
func.func @empty(%tiles: memref<1x2x16x64xi8>, %sums: memref<1x16xi32>, %w: memref<0x8x128xi8>, %y: memref<1x0xi32>) {
  mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%tiles, %sums : memref<1x2x16x64xi8>, memref<1x16xi32>)
      kernel(%w : memref<0x8x128xi8>) outs(%y : memref<1x0xi32>)
  return
}

// CHECK-LABEL: func.func @empty_tiles(
// CHECK-NEXT:    return
func.func @empty_tiles(%tiles: memref<0x2x16x64xi8>, %sums: memref<0x16xi32>, %w: memref<1x8x128xi8>, %y: memref<0x32xi32>) {
  scf.forall (%i) in (1) {
    mml.contract_packed #mml.dot<rows = 32> bound(128) ins(%tiles, %sums : memref<0x2x16x64xi8>, memref<0x16xi32>)
        kernel(%w : memref<1x8x128xi8>) outs(%y : memref<0x32xi32>)
  }
  return
}
