// RUN: mml-opt %s --mml-annotate-entries | FileCheck %s

// What a loader has to know of an entry, which later stages no longer say.

// CHECK:      func.func @entry(%arg0: tensor<?x64xf32>) -> tensor<?x10xf32>
// CHECK-SAME:   attributes {llvm.emit_c_interface, mml.macs = 640 : i64, mml.signature = (tensor<?x64xf32>) -> tensor<?x10xf32>}
func.func @entry(%x: tensor<?x64xf32>) -> tensor<?x10xf32> {
  %w = arith.constant dense<1.0> : tensor<64x10xf32>
  %y = mml.dense %x, %w : (tensor<?x64xf32>, tensor<64x10xf32>) -> tensor<?x10xf32>
  return %y : tensor<?x10xf32>
}

// For one row of the batch: 5 * 64 * 10 and 64 * 6; a dynamic size counts as 1.
// CHECK:      func.func @sequences(
// CHECK-SAME:   mml.macs = 3584 : i64
func.func @sequences(%x: tensor<7x5x64xf32>, %w: tensor<64x10xf32>, %z: tensor<?x?x64xf32>, %v: tensor<64x6x!mml.trit>) -> (tensor<7x5x10xf32>, tensor<?x?x6xf32>) {
  %0 = mml.dense %x, %w : (tensor<7x5x64xf32>, tensor<64x10xf32>) -> tensor<7x5x10xf32>
  %1 = mml.dense %z, %v : (tensor<?x?x64xf32>, tensor<64x6x!mml.trit>) -> tensor<?x?x6xf32>
  return %0, %1 : tensor<7x5x10xf32>, tensor<?x?x6xf32>
}

// More than an i64 counts.
// CHECK:      func.func @huge(
// CHECK-SAME:   mml.macs = 9223372036854775807 : i64
func.func @huge(%x: tensor<?x4000000000xf32>, %k: tensor<4000000000x4000000000xf32>) -> tensor<?x4000000000xf32> {
  %0 = mml.dense %x, %k : (tensor<?x4000000000xf32>, tensor<4000000000x4000000000xf32>) -> tensor<?x4000000000xf32>
  %1 = mml.dense %0, %k : (tensor<?x4000000000xf32>, tensor<4000000000x4000000000xf32>) -> tensor<?x4000000000xf32>
  return %1 : tensor<?x4000000000xf32>
}

// Without a kernel there is nothing to count.
// CHECK:      func.func @no_kernel(
// CHECK-SAME:   attributes {llvm.emit_c_interface, mml.signature = (tensor<4xf32>) -> tensor<4xf32>} {
func.func @no_kernel(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}

// What is there stays, so that a later stage does not change it.
// CHECK:      func.func @annotated(
// CHECK-SAME:   attributes {llvm.emit_c_interface, mml.input_names = ["a"], mml.macs = 7 : i64, mml.signature = (tensor<?xf32>) -> tensor<?xf32>} {
func.func @annotated(%x: tensor<4xf32>) -> tensor<4xf32>
    attributes {mml.input_names = ["a"], mml.macs = 7, mml.signature = (tensor<?xf32>) -> tensor<?xf32>} {
  return %x : tensor<4xf32>
}

// Not entries: what is private, has no body or takes something else.
// CHECK:      func.func private @helper(%arg0: tensor<4xf32>) -> tensor<4xf32> {
func.func private @helper(%x: tensor<4xf32>) -> tensor<4xf32> {
  return %x : tensor<4xf32>
}
// CHECK:      func.func private @external(tensor<4xf32>) -> tensor<4xf32>{{$}}
func.func private @external(tensor<4xf32>) -> tensor<4xf32>
// CHECK:      func.func @scalar(%arg0: tensor<4xf32>, %arg1: i32) {
func.func @scalar(%x: tensor<4xf32>, %i: i32) {
  return
}
// CHECK:      func.func @buffer(%arg0: memref<4xf32>) {
func.func @buffer(%x: memref<4xf32>) {
  return
}
// CHECK:      func.func @unranked() -> tensor<*xf32> {
func.func @unranked() -> tensor<*xf32> {
  %0 = arith.constant dense<0.0> : tensor<4xf32>
  %1 = tensor.cast %0 : tensor<4xf32> to tensor<*xf32>
  return %1 : tensor<*xf32>
}
