// Products of integers: groups of weights with scales of their own, which nobody
// names, and zero points of the activations. All exact, without an option.

// DEFINE: %{loops} = --pass-pipeline="builtin.module(mml-annotate-entries,func.func(convert-elementwise-to-linalg),one-shot-bufferize{bufferize-function-boundaries function-boundary-type-conversion=identity-layout-map},func.func(convert-linalg-to-loops))"

// RUN: rm -rf %t && mkdir %t
// RUN: mml-opt %s %{loops} -o %t/loops.mlir
// RUN: mml-opt %s --mml-raise-ternary -o %t/raised.mlir && FileCheck %s < %t/raised.mlir
// RUN: mml-runner %t/loops.mlir --batch 1 --output %t/y0.npy --output %t/y1.npy --output %t/y2.npy 2>/dev/null
// RUN: mml-runner %t/raised.mlir --batch 1 --expect %t/y0.npy --expect %t/y1.npy --expect %t/y2.npy 2>/dev/null | FileCheck %s --check-prefix=EQUAL
// RUN: mml-runner %t/loops.mlir --batch 9 --output %t/y0.npy --output %t/y1.npy --output %t/y2.npy 2>/dev/null
// RUN: mml-runner %t/raised.mlir --batch 9 --expect %t/y0.npy --expect %t/y1.npy --expect %t/y2.npy 2>/dev/null | FileCheck %s --check-prefix=EQUAL
// RUN: mml-runner %t/raised.mlir --batch 9 --kernel reference --expect %t/y0.npy --expect %t/y1.npy --expect %t/y2.npy 2>/dev/null | FileCheck %s --check-prefix=EQUAL

// EQUAL:      groups: equal
// EQUAL-NEXT: points: equal
// EQUAL-NEXT: batches: equal

// CHECK:     mml.einsum "abc,bcd->bad" %{{.*}} bound(128) : (tensor<?x4x16xi8>, tensor<4x16x5x!mml.trit>) -> tensor<4x?x5xi32>
// CHECK:     arith.muli
// CHECK:     arith.addi
// CHECK:     %[[P:.*]] = mml.einsum "ab,bc->ac" %arg0, %{{.*}} bound(128) : (tensor<?x64xi8>, tensor<64x5x!mml.trit>) -> tensor<?x5xi32>
// CHECK:     arith.constant dense<2> : tensor<i32>
// CHECK:     mml.einsum "abc,acd->abd" %{{.*}} bound(128) : (tensor<2x?x32xi8>, tensor<2x32x5x!mml.trit>) -> tensor<2x?x5xi32>
// CHECK-NOT: linalg.quantized

func.func @main(%i: tensor<?x64xi8>, %point: tensor<1xi32>) -> (tensor<?x5xi32>, tensor<?x5xi32>, tensor<2x?x5xi32>)
    attributes {mml.input_names = ["i", "point"], mml.output_names = ["groups", "points", "batches"]} {
  %c0 = arith.constant 0 : index
  %n = tensor.dim %i, %c0 : tensor<?x64xi8>
  %zero = arith.constant 0 : i32
  %ye = tensor.empty(%n) : tensor<?x5xi32>
  %zeros = linalg.fill ins(%zero : i32) outs(%ye : tensor<?x5xi32>) -> tensor<?x5xi32>
  %w0 = arith.constant dense_resource<groups> : tensor<64x5xi8>
  %y0 = linalg.matmul ins(%i, %w0 : tensor<?x64xi8>, tensor<64x5xi8>) outs(%zeros : tensor<?x5xi32>) -> tensor<?x5xi32>

  %p = tensor.extract %point[%c0] : tensor<1xi32>
  %w1 = arith.constant dense_resource<twos> : tensor<64x5xi8>
  %y1 = linalg.quantized_matmul ins(%i, %w1, %p, %zero : tensor<?x64xi8>, tensor<64x5xi8>, i32, i32) outs(%y0 : tensor<?x5xi32>) -> tensor<?x5xi32>

  %e = tensor.expand_shape %i [[0], [1, 2]] output_shape [%n, 2, 32] : tensor<?x64xi8> into tensor<?x2x32xi8>
  %te = tensor.empty(%n) : tensor<2x?x32xi8>
  %t = linalg.transpose ins(%e : tensor<?x2x32xi8>) outs(%te : tensor<2x?x32xi8>) permutation = [1, 0, 2]
  %be = tensor.empty(%n) : tensor<2x?x5xi32>
  %bz = linalg.fill ins(%zero : i32) outs(%be : tensor<2x?x5xi32>) -> tensor<2x?x5xi32>
  %seven = arith.constant -7 : i32
  %w2 = arith.constant dense_resource<batches> : tensor<2x32x5xi8>
  %y2 = linalg.quantized_batch_matmul ins(%t, %w2, %seven, %zero : tensor<2x?x32xi8>, tensor<2x32x5xi8>, i32, i32) outs(%bz : tensor<2x?x5xi32>) -> tensor<2x?x5xi32>
  return %y0, %y1, %y2 : tensor<?x5xi32>, tensor<?x5xi32>, tensor<2x?x5xi32>
}

{-#
  dialect_resources: {
    builtin: {
      groups: "0x010000000700FF0000F903FFFD000700FF000100FD01FDFF00FDFF00FF0703FF000100FD01FD00070000030107FD00000100000100FF0703FFFD000000FF00FF00000003010000FF0000F900FFFD0107FDFF03FF00070503FBFDF90503FB03F9FB00050300FB00FBFDF9000000FDF900FDFB03000000FBFD00FB0005000705FD000300000305FD07000000000705000000F9050300FDF9FBFD05FD0700FDFB00F9000000FD05050503FD0005FBFDFD050000000305FBFB00FD0500FBFD0005FB000000FB050500FD000505FDFD0000FB03FD00000000000000FB00FDFBFB05FD030500FB03FDFB00FBFD0005FBFBFD00050005FDFD030000FB00FDF901FB03000701FB0300F90105FDFDF9FF00000000010503000701FBFDFD07FF05FDFD000105FD00F9FF00FD030700FB000307FFFB03030701000300000100FD00070105FD0000FF00",
      twos: "0x0100000000FE0202FE0200FE00FEFEFE020002000000000000000202000200020200000202FEFE00FE000202FE00FE00FEFE02FE02FE020000FE02FE0202000200000000FEFEFEFE0202FEFEFE020200FEFEFEFEFE020202000200FE02FE02FE000200FE000000020202FE0200FE02FE00FE000002FE020202FEFEFEFE0202FE00FE0000000202FE0200000002FE0000FE0200FE00FE02000200FE000000020002000202FEFE00000200020200FE0002020202FE0000FE00000202FE02FE02FE000200FE020200FEFE0002FEFE02FE02000002000000FE02FE02FE02FEFE0000FE00FEFEFEFEFE0202FE00020202000000FE0002FE0202FE00000000FEFE02FE02FE02FE000202020002FE00FE000000FE0002FE00FEFEFE020000FEFEFE020200FEFE0202020002000000FE00FE02FE00FEFE02FEFE0000FE02FE00020002FE02020202",
      batches: "0x01000000FDFD0303FD030000FD0000030300000300000303FDFD0000FD03000300FDFD00FDFD03FD030303030300FDFD000300FD00FDFD0303000303FDFD030300000300FD03000000FDFD03FD0300FDFD00000003FD00FDFDFDFD03FDFDFD000003FDFDFDFDFD03000300FD0003FD000000FDFDFD00FD0003FDFD03FD00FD00000303FD00000300FD0303000303000000FDFD00FD000303FDFD0300030000FDFD00FD030303FDFDFD03FD000303FD000003030303FD00FD00000003FDFD03000003030303FDFDFD03FD03FDFDFD030003FDFDFD00FDFD03FD030300FD030303FDFD0000FD0303FD00FDFDFDFDFD00FD00FDFD03FD030000FDFD03FD030300FD0003FD03FDFDFD00000300030300FD0303FDFDFD03FDFD030303030303FDFDFDFD0303000303FDFD03FD00FD00030300FDFDFDFD00FD03FD03FD030300FDFDFDFD00FDFD"
    }
  }
#-}
