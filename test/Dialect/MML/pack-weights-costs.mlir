// RUN: mml-opt %s --mml-pack-weights="dot=tdpbsud dot-bits=512 vector-bits=512 lookup=vpermb core-cache-bytes=2097152 last-cache-bytes=314572800" --remarks-filter=mml-pack-weights --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefixes=CHECK,CACHE
// RUN: mml-opt %s --mml-pack-weights="dot=tdpbsud dot-bits=512 vector-bits=512 lookup=vpermb core-cache-bytes=65536 last-cache-bytes=65536" --remarks-filter=mml-pack-weights --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefixes=CHECK,MEMORY
// RUN: mml-opt %s --mml-pack-weights="dot=vpmaddubsw kernel=lookup" --remarks-filter=mml-pack-weights --remark-format=emitRemark -o /dev/null 2>&1 | FileCheck %s --check-prefix=FALLBACK

// The kernel that is predicted to be the fastest, what it is limited by, and
// what the others would do. Where no cache holds the weights, the fewest bytes
// win for one token.

// CACHE:    remark: {{.*}}dot{{.*}}"predicted {{[0-9]+}} GOP/s and {{[0-9.]+}} GB/s, limited by vector instructions; lookup: {{[0-9]+}} GOP/s and {{.*}}; addsub: {{[0-9]+}} GOP/s
// MEMORY:   remark: {{.*}}lookup{{.*}}"predicted {{[0-9]+}} GOP/s and {{[0-9.]+}} GB/s, limited by memory; dot: {{.*}}limited by memory; addsub: {{.*}}
// CHECK:    remark: {{.*}}dot{{.*}}"predicted {{[0-9]+}} GOP/s, limited by {{[a-z ]+}}; lookup: {{[0-9]+}} GOP/s
// CHECK:    remark: {{.*}}dot{{.*}}"predicted {{[0-9]+}} GOP/s and {{[0-9.]+}} GB/s, limited by {{[a-z -]+}}, for 1 token; {{[0-9]+}} GOP/s, limited by {{[a-z ]+}}, for 8 tokens; {{[0-9]+}} GOP/s, limited by {{[a-z ]+}}, for 128 tokens
// FALLBACK: remark: {{.*}}dot{{.*}}"the target has no instruction for lookup, predicted {{[0-9]+}} GOP/s
func.func @f(%x: tensor<1x640xi8>, %y: tensor<1x640xi32>, %a: tensor<32x640xi8>, %b: tensor<32x640xi32>, %u: tensor<?x640xi8>, %v: tensor<?x640xi32>) -> (tensor<1x640xi32>, tensor<32x640xi32>, tensor<?x640xi32>) {
  %w = mml.constant #mml.trits<dense<1> : tensor<640x640xi8>> : tensor<640x640x!mml.trit>
  %0 = mml.contract bound(128) ins(%x, %w : tensor<1x640xi8>, tensor<640x640x!mml.trit>) outs(%y : tensor<1x640xi32>) -> tensor<1x640xi32>
  %1 = mml.contract bound(128) ins(%a, %w : tensor<32x640xi8>, tensor<640x640x!mml.trit>) outs(%b : tensor<32x640xi32>) -> tensor<32x640xi32>
  %2 = mml.contract bound(128) ins(%u, %w : tensor<?x640xi8>, tensor<640x640x!mml.trit>) outs(%v : tensor<?x640xi32>) -> tensor<?x640xi32>
  return %0, %1, %2 : tensor<1x640xi32>, tensor<32x640xi32>, tensor<?x640xi32>
}
