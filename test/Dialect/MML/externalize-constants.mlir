// RUN: mml-opt %s --mml-externalize-constants --split-input-file | FileCheck %s --check-prefixes=CHECK,DEFAULT
// RUN: mml-opt %s --mml-externalize-constants=threshold=0 --split-input-file | FileCheck %s --check-prefixes=CHECK,ALL
// RUN: mml-opt %s --mml-externalize-constants=threshold=4000000000 --split-input-file | FileCheck %s --check-prefix=NONE

// More than 64 bytes leave the code; the symbol is public and aligned.

// CHECK-DAG:     memref.global constant @large : memref<17xf32> {alignment = 64 : i64, mml.resource = dense_resource<[[L:.*]]> : tensor<17xf32>}
// NONE:          memref.global "private" constant @large : memref<17xf32> = dense<1.000000e+00>
memref.global "private" constant @large : memref<17xf32> = dense<1.0>
// DEFAULT-DAG:   memref.global "private" constant @small : memref<16xf32> = dense<1.000000e+00>
// ALL-DAG:       memref.global constant @small : memref<16xf32> {alignment = 64 : i64, mml.resource = dense_resource<[[S:.*]]> : tensor<16xf32>}
// NONE:          memref.global "private" constant @small
memref.global "private" constant @small : memref<16xf32> = dense<1.0>
// CHECK-DAG:     memref.global constant @elements : memref<65xi8> {alignment = 64 : i64, mml.resource = dense_resource<[[E:.*]]> : tensor<65xi8>}
memref.global "private" constant @elements : memref<65xi8> = dense<[
  1, 2, 3, 4, 5, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1]>

// What has no value, or elements of parts of bytes, stays.
// CHECK-DAG:     memref.global "private" @uninitialized : memref<100xf32> = uninitialized
memref.global "private" @uninitialized : memref<100xf32> = uninitialized
// CHECK-DAG:     memref.global @external : memref<100xf32>{{$}}
memref.global @external : memref<100xf32>
// CHECK-DAG:     memref.global "private" constant @bits : memref<1000xi1> = dense<true>
memref.global "private" constant @bits : memref<1000xi1> = dense<true>
// CHECK-DAG:     memref.global "private" constant @empty : memref<0xf32> = dense<>
memref.global "private" constant @empty : memref<0xf32> = dense<>

// CHECK-DAG:     [[L]]: "0x{{........}}{{(0000803F){17}()}}"
// ALL-DAG:       [[S]]: "0x{{........}}{{(0000803F){16}()}}"
// CHECK-DAG:     [[E]]: "0x{{........}}01020304050000{{0*}}FF"

// -----

// A resource is not copied, and keeps its name, which becomes that of the global;
// of two globals each has its own.

// CHECK:         memref.global constant @constant.ints : memref<17xi32> {alignment = 64 : i64, mml.resource = dense_resource<ints> : tensor<17xi32>}
// CHECK:         memref.global constant @constant.ints_0 : memref<17xi32>
// CHECK-LABEL:   func.func @reads
// CHECK:           memref.get_global @constant.ints :
// CHECK:           memref.get_global @constant.ints_0 :
// NONE:          memref.global "private" constant @constant.ints : memref<17xi32> = dense_resource<ints>
memref.global "private" constant @resource : memref<17xi32> = dense_resource<ints>
memref.global "private" constant @again : memref<17xi32> = dense_resource<ints>
func.func @reads() -> (memref<17xi32>, memref<17xi32>) {
  %0 = memref.get_global @resource : memref<17xi32>
  %1 = memref.get_global @again : memref<17xi32>
  return %0, %1 : memref<17xi32>, memref<17xi32>
}

{-#
  dialect_resources: { builtin: { ints: "0x040000000000000001000000020000000300000004000000050000000600000007000000080000000900000010000000110000001200000013000000140000001500000016000000" } }
#-}

// -----

// A second time changes nothing.

// CHECK:         memref.global {{.*}}constant @constant.few_0 : memref<1xi32>
memref.global "private" constant @constant.few_0 : memref<1xi32> = dense_resource<few>
{-#
  dialect_resources: { builtin: { few: "0x0400000001000000" } }
#-}

// -----

// A module within this one has symbols of its own, which keep their names.

// CHECK:         memref.global {{.*}}constant @constant.outer : memref<17xi8>
// CHECK:         module @inner
// CHECK:           memref.global {{.*}}constant @g : memref<17xi8>
// CHECK:           memref.get_global @g : memref<17xi8>
// CHECK-LABEL:   func.func @outer
// CHECK:           memref.get_global @constant.outer : memref<17xi8>
memref.global "private" constant @g : memref<17xi8> = dense_resource<outer>
module @inner {
  memref.global "private" constant @g : memref<17xi8> = dense<2>
  func.func @inside() -> memref<17xi8> {
    %0 = memref.get_global @g : memref<17xi8>
    return %0 : memref<17xi8>
  }
}
func.func @outer() -> memref<17xi8> {
  %0 = memref.get_global @g : memref<17xi8>
  return %0 : memref<17xi8>
}

{-#
  dialect_resources: {
    builtin: {
      outer: "0x010000000102030405060708090A0B0C0D0E0F1011"
    }
  }
#-}
