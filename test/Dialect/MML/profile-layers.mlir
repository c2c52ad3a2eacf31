// RUN: mml-opt %s --mml-profile-layers --split-input-file | FileCheck %s

// What follows on another layer is announced, and the return. The table gets the
// bytes of constants that a layer reads, each once, and layers that it lacked.

memref.global "private" constant @w : memref<2x4xi8> = dense<1>
memref.global "private" constant @b : memref<4xf32> = dense<1.0>

// CHECK-LABEL: func.func @layers
// CHECK-SAME:    mml.layers = [{bytes = 24 : i64, macs = 8 : i64, name = "first"}, {name = "unused"}, {bytes = 16 : i64, name = "second"}]
// CHECK:         %[[ZERO:.*]] = arith.constant 0 : i64
// CHECK-NEXT:    call @mmlEnterLayer(%[[ZERO]]) : (i64) -> ()
// CHECK-NEXT:    scf.for
// CHECK-NOT:     call
// CHECK:         scf.for
// CHECK:         %[[TWO:.*]] = arith.constant 2 : i64
// CHECK-NEXT:    call @mmlEnterLayer(%[[TWO]])
// CHECK-NEXT:    scf.for
// CHECK-NOT:     call
// CHECK:         memref.alloc
// CHECK:         %[[AGAIN:.*]] = arith.constant 0 : i64
// CHECK-NEXT:    call @mmlEnterLayer(%[[AGAIN]])
// CHECK-NEXT:    memref.copy
// CHECK:         %[[NONE:.*]] = arith.constant -1 : i64
// CHECK-NEXT:    call @mmlEnterLayer(%[[NONE]])
// CHECK-NEXT:    return
// CHECK:       func.func private @mmlEnterLayer(i64)
func.func @layers(%x: memref<4xf32>, %y: memref<4xi8>) attributes {
    mml.layers = [{name = "first", macs = 8 : i64}, {name = "unused"}]} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c4 = arith.constant 4 : index
  %w = memref.get_global @w : memref<2x4xi8>
  %b = memref.get_global @b : memref<4xf32>
  scf.for %i = %c0 to %c4 step %c1 {
    %0 = memref.load %w[%c0, %i] : memref<2x4xi8>
    %1 = memref.load %w[%c1, %i] : memref<2x4xi8>
    %2 = arith.addi %0, %1 : i8
    memref.store %2, %y[%i] : memref<4xi8>
  } loc("first")
  scf.for %i = %c0 to %c4 step %c1 {
    %0 = memref.load %b[%i] : memref<4xf32>
    memref.store %0, %x[%i] : memref<4xf32>
  } loc(fused["first", "second"])
  scf.for %i = %c0 to %c4 step %c1 {
    %0 = memref.load %b[%i] : memref<4xf32>
    memref.store %0, %x[%i] : memref<4xf32>
  } loc("second")
  %a = memref.alloc() : memref<4xf32> loc("third")
  memref.copy %x, %a : memref<4xf32> to memref<4xf32> loc("first")
  return
}

// -----

// A layer without a name is one by its place.

// CHECK-LABEL: func.func @place
// CHECK-SAME:    mml.layers = [{name = "model.mlir:7"}]
// CHECK:         call @mmlEnterLayer
func.func @place(%x: memref<4xf32>, %y: memref<4xf32>) attributes {mml.layers = []} {
  memref.copy %x, %y : memref<4xf32> to memref<4xf32> loc("some/model.mlir":7:3)
  return
}

// -----

// CHECK-LABEL: func.func @others
// CHECK-NOT:     call
func.func @others(%x: memref<4xf32>, %y: memref<4xf32>) {
  memref.copy %x, %y : memref<4xf32> to memref<4xf32> loc("first")
  return
}
