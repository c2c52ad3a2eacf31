// RUN: mml-opt %s --split-input-file \
// RUN:   --pass-pipeline="builtin.module(func.func(mml-stream-stores{least-bytes=1048576}))" \
// RUN:   | FileCheck %s

// A result of 1 MiB, written by the tiles of threads and rows of vectors, as
// the pipeline has them.

// CHECK-LABEL: func.func @tiles
// CHECK: scf.forall
// CHECK: vector.store %{{.*}}, %{{.*}} {alignment = 64 : i64, nontemporal = true} : memref<64x128xf32, strided<[4096, 1], offset: ?>>, vector<32xf32>
// CHECK: vector.store %{{.*}}, %{{.*}} {alignment = 64 : i64, nontemporal = true}
// CHECK-NOT: nontemporal
// CHECK: llvm.fence seq_cst
// CHECK-NEXT: return
func.func @tiles(%x: vector<32xf32>, %y: vector<16xf32>) -> memref<64x4096xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c32 = arith.constant 32 : index
  %c64 = arith.constant 64 : index
  %c128 = arith.constant 128 : index
  %result = memref.alloc() {alignment = 64 : i64} : memref<64x4096xf32>
  scf.forall (%m) = (0) to (4096) step (128) {
    %tile = memref.subview %result[0, %m] [64, 128] [1, 1]
        : memref<64x4096xf32> to memref<64x128xf32, strided<[4096, 1], offset: ?>>
    scf.for %i = %c0 to %c64 step %c1 {
      scf.for %j = %c0 to %c128 step %c32 {
        vector.transfer_write %x, %tile[%i, %j] {in_bounds = [true]}
            : vector<32xf32>, memref<64x128xf32, strided<[4096, 1], offset: ?>>
        %next = affine.apply affine_map<(d0) -> (d0 * 2 + 16)>(%j)
        vector.store %y, %tile[%i, %next]
            : memref<64x128xf32, strided<[4096, 1], offset: ?>>, vector<16xf32>
      }
    }
  }
  return %result : memref<64x4096xf32>
}

// -----

// Behind the outermost loop, where none runs on threads.

// CHECK-LABEL: func.func @serial
// CHECK: nontemporal
// CHECK: llvm.fence seq_cst
// CHECK-NEXT: return
func.func @serial(%x: vector<16xi32>) -> memref<64x4096xi32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %c64 = arith.constant 64 : index
  %c4096 = arith.constant 4096 : index
  %result = memref.alloc() {alignment = 64 : i64} : memref<64x4096xi32>
  scf.for %i = %c0 to %c64 step %c1 {
    scf.for %j = %c0 to %c4096 step %c16 {
      vector.store %x, %result[%i, %j] : memref<64x4096xi32>, vector<16xi32>
    }
  }
  return %result : memref<64x4096xi32>
}

// -----

// Too small; lines that are not aligned, or not known to be; parts of lines;
// and what the loop reads again.

// CHECK-LABEL: func.func @others
// CHECK-NOT: nontemporal
// CHECK-NOT: fence
// CHECK: return
func.func @others(%x: vector<16xf32>, %half: vector<8xf32>, %k: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %c16 = arith.constant 16 : index
  %c64 = arith.constant 64 : index
  %small = memref.alloc() {alignment = 64 : i64} : memref<64x4095xf32>
  %odd = memref.alloc() {alignment = 64 : i64} : memref<128x4095xf32>
  %unaligned = memref.alloc() : memref<64x4096xf32>
  %large = memref.alloc() {alignment = 64 : i64} : memref<64x4096xf32>
  %read = memref.alloc() {alignment = 64 : i64} : memref<64x4096xf32>
  %masked = memref.alloc() {alignment = 64 : i64} : memref<64x4096xf32>
  %view = memref.subview %large[0, %k] [64, 128] [1, 1]
      : memref<64x4096xf32> to memref<64x128xf32, strided<[4096, 1], offset: ?>>
  %whole = memref.subview %read[0, 0] [64, 128] [1, 1]
      : memref<64x4096xf32> to memref<64x128xf32, strided<[4096, 1]>>
  scf.for %i = %c0 to %c64 step %c1 {
    scf.for %j = %c0 to %c64 step %c16 {
      vector.store %x, %small[%i, %j] : memref<64x4095xf32>, vector<16xf32>
      vector.store %x, %odd[%i, %j] : memref<128x4095xf32>, vector<16xf32>
      vector.store %x, %unaligned[%i, %j] : memref<64x4096xf32>, vector<16xf32>
      vector.store %half, %large[%i, %j] : memref<64x4096xf32>, vector<8xf32>
      vector.store %x, %view[%i, %j]
          : memref<64x128xf32, strided<[4096, 1], offset: ?>>, vector<16xf32>
      %before = vector.load %whole[%i, %j]
          : memref<64x128xf32, strided<[4096, 1]>>, vector<16xf32>
      vector.store %before, %read[%i, %j] : memref<64x4096xf32>, vector<16xf32>
      vector.transfer_write %x, %masked[%i, %j] : vector<16xf32>, memref<64x4096xf32>
    }
    scf.for %j = %c8 to %c64 step %c16 {
      vector.store %x, %large[%i, %j] : memref<64x4096xf32>, vector<16xf32>
    }
  }
  return
}
