// RUN: mml-opt %s --mml-pack-weights="dot=vpdpbusd dot-bits=512 vector-bits=512 lookup=vpermb core=zen4" --remarks-filter=mml-pack-weights --remark-format=emitRemark -o %t 2>&1 | FileCheck %s --check-prefix=ZEN
// RUN: FileCheck %s --check-prefix=MIXED < %t
// RUN: mml-opt %s --mml-pack-weights="dot=vpdpbusd dot-bits=512 vector-bits=512 lookup=vpermb core=zen5" | FileCheck %s --check-prefix=MIXED
// RUN: mml-opt %s --mml-pack-weights="dot=vpdpbusd dot-bits=512 vector-bits=512 lookup=vpermb" --remarks-filter=mml-pack-weights --remark-format=emitRemark -o %t 2>&1 | FileCheck %s --check-prefix=COMMON
// RUN: FileCheck %s --check-prefix=PRODUCTS < %t
// RUN: mml-opt %s --mml-pack-weights="dot=tdpbsud dot-bits=512 vector-bits=512 lookup=vpermb" | FileCheck %s --check-prefix=PRODUCTS
// RUN: mml-opt %s --mml-cpu="dot=vpdpbusd dot-bits=512 vector-bits=512 lookup=vpermb" --remarks-filter=mml-pack-weights --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=COMMON
// RUN: mml-opt %s --mml-gpu --remarks-filter=mml-pack-weights --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=COMMON
// RUN: mml-opt %s --mml-pack-weights="dot=vpdpbusd dot-bits=512 kernel=mixed" --remarks-filter=mml-pack-weights --remark-format=emitRemark -o %t 2>&1 | FileCheck %s --check-prefix=ASKED
// RUN: FileCheck %s --check-prefix=MIXED < %t
// RUN: mml-opt %s --mml-pack-weights="dot=vpdpbusd dot-bits=256 kernel=mixed core=zen4" --remarks-filter=mml-pack-weights --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=DOT
// RUN: mml-opt %s --mml-pack-weights="kernel=mixed core=zen4" --remarks-filter=mml-pack-weights --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=ADDSUB
// RUN: mml-opt %t --mml-pack-weights="dot=vpdpbusd dot-bits=512 kernel=mixed" --remarks-filter=mml-pack-weights --remark-format=emitRemark -o /dev/null 2>&1 | count 0
// RUN: mml-opt %t --mml-pack-weights="dot=vpdpbusd dot-bits=512 kernel=dot" --remarks-filter=mml-pack-weights --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=PACKED

// Lookups beside products are chosen where they are known to have ports of their
// own, with what both would do; elsewhere, and so on a GPU, they are had for the
// asking only, and nothing is said of them.

// ZEN:        remark: {{.*}}KernelChosen{{.*}}Remark=mixed, Remark=": ", Remark="predicted {{[0-9]+}} GOP/s, limited by {{[a-z ]+}}; dot: {{[0-9]+}} GOP/s, limited by products of bytes; lookup: {{.*}}
// COMMON-NOT: mixed{{[:,]}}
// COMMON:     remark: {{.*}}KernelChosen{{.*}}Remark=dot, Remark=": ", Remark="predicted {{[0-9]+}} GOP/s
// COMMON-NOT: mixed{{[:,]}}
// ASKED:      remark: {{.*}}KernelChosen{{.*}}Remark=mixed, Remark=": ", Remark="asked for, predicted {{[0-9]+}} GOP/s
// DOT:        remark: {{.*}}KernelReplaced{{.*}}Remark=dot, Remark=": ", Remark="the target has no instruction for mixed, predicted {{[0-9]+}} GOP/s
// ADDSUB:     remark: {{.*}}KernelReplaced{{.*}}Remark=addsub, Remark=": ", Remark="the target has no instruction for mixed, predicted {{[0-9]+}} GOP/s
// PACKED:     remark: {{.*}}KernelReplaced{{.*}}Remark=mixed, Remark=": ", Remark="the trits are packed for it already
// MIXED:      mml.constant {{.*}} tensor<2560x640x!mml.trit, #mml.dot<rows = 32, mixed = true>>
// PRODUCTS:   mml.constant {{.*}} tensor<2560x640x!mml.trit, #mml.dot<rows = 32>>
func.func @main(%x: tensor<64x2560xi8>) -> tensor<64x640xi32> {
  %w = mml.constant #mml.trits<dense<1> : tensor<2560x640xi8>> : tensor<2560x640x!mml.trit>
  %zeros = arith.constant dense<0> : tensor<64x640xi32>
  %r = mml.contract bound(128) ins(%x, %w : tensor<64x2560xi8>, tensor<2560x640x!mml.trit>)
                    outs(%zeros : tensor<64x640xi32>) -> tensor<64x640xi32>
  return %r : tensor<64x640xi32>
}
