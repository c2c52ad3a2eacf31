// Processors whose lookups have a port of their own get both, for many tokens or
// a number that is not known; others get products alone.

// RUN: mml-runner %s --emit asm --target-cpu znver4 | FileCheck %s --check-prefix=BOTH
// RUN: mml-runner %s --emit asm --target-cpu znver5 | FileCheck %s --check-prefix=BOTH
// RUN: mml-runner %s --emit asm --target-cpu icelake-server | FileCheck %s --check-prefix=PRODUCTS
// RUN: mml-runner %s --emit asm --target-cpu sapphirerapids | FileCheck %s --check-prefix=PRODUCTS
// RUN: mml-runner %s --emit asm --target-cpu sapphirerapids --kernel mixed | FileCheck %s --check-prefix=BOTH
// RUN: mml-runner %s --emit asm --target-cpu znver3 --kernel mixed | FileCheck %s --check-prefix=LACKING

// BOTH: vpermw
// BOTH: vpdpwssd
// PRODUCTS-NOT: vpermw
// PRODUCTS: {{vpdpbusd|tdpbsud}}
// PRODUCTS-NOT: vpermw
// LACKING-NOT: vpermw
// LACKING: vpmaddubsw

func.func @main(%x: tensor<?x2560xi8>) -> tensor<?x640xi32> {
  %w = mml.constant #mml.trits<dense<1> : tensor<2560x640xi8>> : tensor<2560x640x!mml.trit>
  %c0 = arith.constant 0 : index
  %n = tensor.dim %x, %c0 : tensor<?x2560xi8>
  %zero = arith.constant 0 : i32
  %empty = tensor.empty(%n) : tensor<?x640xi32>
  %zeros = linalg.fill ins(%zero : i32) outs(%empty : tensor<?x640xi32>) -> tensor<?x640xi32>
  %r = mml.contract bound(128) ins(%x, %w : tensor<?x2560xi8>, tensor<2560x640x!mml.trit>)
                    outs(%zeros : tensor<?x640xi32>) -> tensor<?x640xi32>
  return %r : tensor<?x640xi32>
}
