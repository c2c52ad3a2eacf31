// The add/subtract kernel never multiplies: not in its loops of vectors, and not
// in the code that LLVM makes of them for any target.

// RUN: mml-opt %s --mml-cpu='kernel=addsub stop-after=vector' | FileCheck %s --check-prefix=VECTOR
// RUN: mml-runner %s --kernel addsub --emit asm --target-cpu x86-64 | FileCheck %s --check-prefix=ASM
// RUN: mml-runner %s --kernel addsub --emit asm --target-cpu haswell | FileCheck %s --check-prefixes=ASM,AVX2
// RUN: mml-runner %s --kernel addsub --emit asm --target-cpu sapphirerapids | FileCheck %s --check-prefix=ASM

// The masks of a word, and for each of four tokens one addition and one
// subtraction under them.
// VECTOR-LABEL: func.func @main
// VECTOR:       scf.for
// VECTOR-NOT:     arith.mul{{[if]}} {{.*}}vector
// VECTOR-NOT:     vector.{{contract|fma|outerproduct}}
// VECTOR:         arith.andi {{.*}} : vector<32xi16>
// VECTOR:         arith.cmpi ne, {{.*}} : vector<32xi16>
// VECTOR-COUNT-4: arith.subi {{.*}} : vector<32xi16>
// VECTOR-NOT:     arith.mul{{[if]}} {{.*}}vector
// VECTOR-NOT:     vector.{{contract|fma|outerproduct}}
// VECTOR:       return

// ASM-LABEL: main:
// ASM-NOT:   {{pmul|pmadd|vpdp|mulps|mulss|fmadd}}
// AVX2:      vpcmpeqw
// AVX2:      vpaddw
// AVX2:      vpsubw
// ASM-NOT:   {{pmul|pmadd|vpdp|mulps|mulss|fmadd}}
// ASM:       .section

func.func @main(%x: tensor<?x64xi8>) -> tensor<?x40xi32> {
  %w = mml.constant #mml.trits<dense<1> : tensor<64x40xi8>> : tensor<64x40x!mml.trit>
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0 : i32
  %n = tensor.dim %x, %c0 : tensor<?x64xi8>
  %empty = tensor.empty(%n) : tensor<?x40xi32>
  %zeros = linalg.fill ins(%zero : i32) outs(%empty : tensor<?x40xi32>) -> tensor<?x40xi32>
  %r = mml.contract bound(128) ins(%x, %w : tensor<?x64xi8>, tensor<64x40x!mml.trit>)
                    outs(%zeros : tensor<?x40xi32>) -> tensor<?x40xi32>
  return %r : tensor<?x40xi32>
}
