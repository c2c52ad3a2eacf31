// RUN: mml-opt %s --mml-pack-weights="dot=vpdpbusd dot-bits=512 add-sub=false" --remarks-filter=mml-pack-weights --remark-format=emitRemark -o %t 2>&1 | FileCheck %s --check-prefix=REMARK
// RUN: FileCheck %s < %t
// RUN: mml-opt %s --mml-pack-weights="dot=tdpbsud dot-bits=512 vector-bits=512 float-lookup=vpermi2ps" --remarks-filter=mml-pack-weights --remark-format=emitRemark -o %t 2>&1 | FileCheck %s --check-prefix=LOOKUP-REMARK
// RUN: FileCheck %s --check-prefix=LOOKUP < %t
// RUN: mml-opt %s --mml-pack-weights="lookup=vpermb kernel=lookup" --remarks-filter=mml-pack-weights --remark-format=emitRemark -o %t 2>&1 | FileCheck %s --check-prefix=FALLBACK-REMARK
// RUN: FileCheck %s --check-prefix=FALLBACK < %t
// RUN: mml-opt %s --mml-pack-weights="float-lookup=vpermi2ps kernel=lookup" | FileCheck %s --check-prefix=LOOKUP

// Floats are looked up where the target has an instruction for it, and added
// under masks elsewhere. Where the add/subtract kernel cannot be had either, they
// read the dot kernel's layout.

// REMARK: remark: {{.*}}dot{{.*}}floats are added and subtracted
// LOOKUP-REMARK: remark: {{.*}}lookup{{.*}}"predicted {{[0-9]+}} GOP/s and {{[0-9.]+}} GB/s, limited by {{[a-z -]+}}, for 1 token; {{.*}}, for 128 tokens; addsub: {{[0-9]+}} GOP/s
// FALLBACK-REMARK: remark: {{.*}}addsub{{.*}}"the target has no instruction for lookup of floats, predicted {{[0-9]+}} GOP/s
// CHECK-LABEL: func.func @floats(
// CHECK:         mml.constant {{.*}} tensor<20x40x!mml.trit, #mml.dot<rows = 32>>
// LOOKUP:        mml.constant {{.*}} tensor<20x40x!mml.trit, #mml.word_lookup<rows = 64>>
// FALLBACK:      mml.constant {{.*}} tensor<20x40x!mml.trit, #mml.tiled<rows = 32>>
func.func @floats(%x: tensor<?x20xf32>, %out: tensor<?x40xf32>) -> tensor<?x40xf32> {
  %w = mml.constant #mml.trits<dense<1> : tensor<20x40xi8>> : tensor<20x40x!mml.trit>
  %y = mml.contract ins(%x, %w : tensor<?x20xf32>, tensor<20x40x!mml.trit>) outs(%out : tensor<?x40xf32>) -> tensor<?x40xf32>
  return %y : tensor<?x40xf32>
}

// Whose sums are to be in order, they are added.

// LOOKUP-REMARK: remark: {{.*}}addsub{{.*}}"sums of floats are to be in order, predicted {{[0-9]+}} GOP/s
// LOOKUP-LABEL:  func.func @ordered(
// LOOKUP:        mml.constant {{.*}} tensor<20x40x!mml.trit, #mml.tiled<rows =
func.func @ordered(%x: tensor<?x20xf32>, %out: tensor<?x40xf32>) -> tensor<?x40xf32>
    attributes {mml.ordered_sums} {
  %w = mml.constant #mml.trits<dense<1> : tensor<20x40xi8>> : tensor<20x40x!mml.trit>
  %y = mml.contract ins(%x, %w : tensor<?x20xf32>, tensor<20x40x!mml.trit>) outs(%out : tensor<?x40xf32>) -> tensor<?x40xf32>
  return %y : tensor<?x40xf32>
}
