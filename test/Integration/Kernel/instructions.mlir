// The instructions of the dot kernel that each processor gets, and no others.

// RUN: mml-runner %s --emit asm --target-cpu x86-64 --kernel dot | FileCheck %s --check-prefix=NONE
// RUN: mml-runner %s --emit asm --target-cpu nehalem | FileCheck %s --check-prefix=SSSE3
// RUN: mml-runner %s --emit asm --target-cpu haswell | FileCheck %s --check-prefix=AVX2
// RUN: mml-runner %s --emit asm --target-cpu alderlake | FileCheck %s --check-prefix=AVXVNNI
// RUN: mml-runner %s --emit asm --target-cpu skylake-avx512 | FileCheck %s --check-prefix=AVX512
// RUN: mml-runner %s --emit asm --target-cpu icelake-server | FileCheck %s --check-prefix=VNNI
// RUN: mml-runner %s --emit asm --target-cpu znver4 --kernel mixed | FileCheck %s --check-prefix=MIXED
// RUN: mml-runner %s --emit asm --target-cpu znver4 | FileCheck %s --check-prefix=VNNI
// RUN: mml-runner %s --emit asm --target-cpu cascadelake --kernel mixed | FileCheck %s --check-prefix=MIXED
// RUN: mml-runner %s --emit asm --target-cpu sapphirerapids | FileCheck %s --check-prefix=AMX
// RUN: mml-runner %s --emit asm --target-triple aarch64-linux-gnu | FileCheck %s --check-prefix=NEON
// RUN: mml-runner %s --emit asm --target-triple aarch64-linux-gnu --target-cpu apple-m1 | FileCheck %s --check-prefix=DOTPROD
// RUN: mml-runner %s --emit asm --target-triple aarch64-linux-gnu --target-features +i8mm | FileCheck %s --check-prefix=NEON
// RUN: mml-runner %s --emit asm --target-triple aarch64-linux-gnu --target-cpu neoverse-v2 | FileCheck %s --check-prefix=I8MM

// NONE-LABEL: main:
// NONE-NOT:   {{pmaddubsw|dpbusd|tdpb}}
// NONE:       .section
// SSSE3-NOT:   {{vpmaddubsw|dpbusd|tdpb}}
// SSSE3:       pmaddubsw {{.*}}xmm
// AVX2-NOT:    {{dpbusd|tdpb|zmm}}
// AVX2:        vpmaddubsw {{.*}}ymm
// AVXVNNI-NOT: {{zmm|tdpb}}
// AVXVNNI:     vpdpbusd {{.*}}ymm
// AVX512-NOT:  {{dpbusd|tdpb}}
// AVX512:      vpmaddubsw {{.*}}zmm
// VNNI-NOT:    tdpb
// VNNI:        vpdpbusd {{.*}}zmm
// Words are looked up as well, where that is asked for.
// MIXED:       vpermw {{.*}}zmm
// MIXED:       vpdpwssd {{.*}}zmm
// VNNI-NOT:    vpermw
// AMX:         tdpbsud
// NEON-NOT:    {{sdot|smmla}}
// NEON:        smlal2 v{{.*}}.8h
// DOTPROD-NOT: smmla
// An element of the activations is every lane's.
// DOTPROD:     sdot v{{[0-9]+}}.4s, v{{[0-9]+}}.16b, v{{[0-9]+}}.4b[{{[0-3]}}]
// I8MM:        smmla v{{[0-9]+}}.4s, v{{[0-9]+}}.16b, v{{[0-9]+}}.16b

func.func @main(%x: tensor<40x64xi8>) -> tensor<40x40xi32> {
  %w = mml.constant #mml.trits<dense<1> : tensor<64x40xi8>> : tensor<64x40x!mml.trit>
  %zero = arith.constant 0 : i32
  %empty = tensor.empty() : tensor<40x40xi32>
  %zeros = linalg.fill ins(%zero : i32) outs(%empty : tensor<40x40xi32>) -> tensor<40x40xi32>
  %r = mml.contract bound(128) ins(%x, %w : tensor<40x64xi8>, tensor<64x40x!mml.trit>)
                    outs(%zeros : tensor<40x40xi32>) -> tensor<40x40xi32>
  return %r : tensor<40x40xi32>
}
