// RUN: mml-opt %s --mml-move-to-device --split-input-file | FileCheck %s

// What a loader calls copies in and out; buffers between stay on the device.

// CHECK-LABEL: func.func @entry(
// CHECK-SAME:      %[[X:.*]]: memref<?x4xf32>, %[[UNUSED:.*]]: memref<2xf32>
// CHECK:         %[[N:.*]] = memref.dim %[[X]], %{{.*}} : memref<?x4xf32>
// CHECK:         %[[D:.*]] = gpu.alloc (%[[N]]) : memref<?x4xf32>
// CHECK-NEXT:    gpu.memcpy %[[D]], %[[X]] :
// CHECK-NOT:     gpu.memcpy
// CHECK:         %[[M:.*]] = memref.dim %[[D]]
// CHECK:         %[[B:.*]] = gpu.alloc (%[[M]]) : memref<?x4xf32>
// CHECK:         linalg.copy ins(%[[D]] : {{.*}}) outs(%[[B]]
// CHECK:         %[[R:.*]] = memref.alloc(%{{.*}}) {alignment = 64 : i64} : memref<?x4xf32>
// CHECK-NEXT:    gpu.memcpy %[[R]], %[[B]] :
// CHECK-NEXT:    gpu.dealloc %[[B]] :
// CHECK-NEXT:    gpu.dealloc %[[D]] :
// CHECK-NEXT:    return %[[R]]
func.func @entry(%x: memref<?x4xf32>, %unused: memref<2xf32>) -> memref<?x4xf32>
    attributes {mml.signature = (tensor<?x4xf32>, tensor<2xf32>) -> tensor<?x4xf32>} {
  %c0 = arith.constant 0 : index
  %n = memref.dim %x, %c0 : memref<?x4xf32>
  %b = memref.alloc(%n) : memref<?x4xf32>
  linalg.copy ins(%x : memref<?x4xf32>) outs(%b : memref<?x4xf32>)
  return %b : memref<?x4xf32>
}

// Other functions take and return memory of the device.

// CHECK-LABEL: func.func private @inner(
// CHECK-NOT:     gpu.memcpy
// CHECK:         gpu.alloc
// CHECK:         gpu.alloc
// CHECK:         gpu.dealloc
// CHECK-NOT:     gpu.memcpy
// CHECK:         return
func.func private @inner(%x: memref<4xf32>) -> memref<4xf32> {
  %a = memref.alloc() : memref<4xf32>
  %b = memref.alloc() : memref<4xf32>
  linalg.copy ins(%x : memref<4xf32>) outs(%a : memref<4xf32>)
  linalg.copy ins(%a : memref<4xf32>) outs(%b : memref<4xf32>)
  memref.dealloc %a : memref<4xf32>
  return %b : memref<4xf32>
}

// -----

// A value that is returned twice is copied to the host twice and freed once.

// CHECK-LABEL: func.func @twice(
// CHECK:         %[[OUT:.*]] = gpu.alloc () : memref<4xf32>
// CHECK:         %[[FIRST:.*]] = memref.alloc()
// CHECK-NEXT:    gpu.memcpy %[[FIRST]], %[[OUT]]
// CHECK-NEXT:    %[[SECOND:.*]] = memref.alloc()
// CHECK-NEXT:    gpu.memcpy %[[SECOND]], %[[OUT]]
// CHECK-NEXT:    gpu.dealloc %[[OUT]]
// CHECK-NEXT:    return %[[FIRST]], %[[SECOND]]
func.func @twice() -> (memref<4xf32>, memref<4xf32>)
    attributes {mml.signature = () -> (tensor<4xf32>, tensor<4xf32>)} {
  %zero = arith.constant 0.0 : f32
  %out = memref.alloc() : memref<4xf32>
  linalg.fill ins(%zero : f32) outs(%out : memref<4xf32>)
  return %out, %out : memref<4xf32>, memref<4xf32>
}

// -----

// A view of what is returned is freed as a part of it, and an input that is
// returned once.

// CHECK-LABEL: func.func @views(
// CHECK:         %[[X:.*]] = gpu.alloc () : memref<2x4xf32>
// CHECK:         %[[OUT:.*]] = gpu.alloc () : memref<2x4xf32>
// CHECK:         %[[FLAT:.*]] = memref.collapse_shape %[[OUT]]
// CHECK:         gpu.memcpy %{{.*}}, %[[FLAT]]
// CHECK:         gpu.memcpy %{{.*}}, %[[OUT]]
// CHECK:         %[[INPUT:.*]] = memref.alloc()
// CHECK-NEXT:    gpu.memcpy %[[INPUT]], %{{.*}}
// CHECK-NEXT:    gpu.dealloc %[[OUT]]
// CHECK-NEXT:    gpu.dealloc %[[X]]
// CHECK-NEXT:    return
func.func @views(%x: memref<2x4xf32>) -> (memref<8xf32>, memref<2x4xf32>, memref<8xf32>)
    attributes {mml.signature = (tensor<2x4xf32>) -> (tensor<8xf32>, tensor<2x4xf32>, tensor<8xf32>)} {
  %out = memref.alloc() : memref<2x4xf32>
  linalg.copy ins(%x : memref<2x4xf32>) outs(%out : memref<2x4xf32>)
  %flat = memref.collapse_shape %out [[0, 1]] : memref<2x4xf32> into memref<8xf32>
  %input = memref.collapse_shape %x [[0, 1]] : memref<2x4xf32> into memref<8xf32>
  return %flat, %out, %input : memref<8xf32>, memref<2x4xf32>, memref<8xf32>
}

// -----

// A global that the loader binds is on the device; another one is copied, once
// a call.

memref.global constant @bound : memref<4xf32> {mml.resource = dense_resource<r> : tensor<4xf32>}
memref.global "private" constant @bits : memref<4xi1> = dense<[true, false, true, true]>

// CHECK-LABEL: func.func private @globals(
// CHECK:         %[[HOST:.*]] = memref.get_global @bits
// CHECK-NEXT:    %[[BITS:.*]] = gpu.alloc () : memref<4xi1>
// CHECK-NEXT:    gpu.memcpy %[[BITS]], %[[HOST]]
// CHECK-NOT:     gpu.memcpy
// CHECK:         %[[BOUND:.*]] = memref.get_global @bound
// CHECK:         linalg.copy ins(%[[BOUND]]
// CHECK:         linalg.copy ins(%[[BITS]]
// CHECK:         linalg.copy ins(%[[BITS]]
// CHECK:         gpu.dealloc %[[BITS]]
// CHECK-NEXT:    return
func.func private @globals(%x: memref<4xf32>, %y: memref<4xi1>) {
  %bound = memref.get_global @bound : memref<4xf32>
  linalg.copy ins(%bound : memref<4xf32>) outs(%x : memref<4xf32>)
  %bits = memref.get_global @bits : memref<4xi1>
  linalg.copy ins(%bits : memref<4xi1>) outs(%y : memref<4xi1>)
  %again = memref.get_global @bits : memref<4xi1>
  linalg.copy ins(%again : memref<4xi1>) outs(%y : memref<4xi1>)
  return
}
{-#
  dialect_resources: { builtin: { r: "0x0400000000000000000000000000000000000000" } }
#-}
