// RUN: not mml-opt %s --mml-pack-weights=vector-bits=100 2>&1 | FileCheck %s --check-prefix=BITS
// RUN: not mml-opt %s --mml-pack-weights=vector-bits=0 2>&1 | FileCheck %s --check-prefix=ZERO
// RUN: not mml-opt %s --mml-pack-weights=kernel=fast 2>&1 | FileCheck %s --check-prefix=KERNEL
// RUN: not mml-opt %s --mml-pack-weights 2>&1 | FileCheck %s --check-prefix=HUGE

// BITS:   error: expected vectors of 128, 256 or 512 bits but got 100
// ZERO:   error: expected vectors of 128, 256 or 512 bits but got 0
// KERNEL: Cannot find option named 'fast'

// A terabyte that is said in one value is not packed.
// HUGE:   error: 'mml.constant' op expected the trits to be at hand
func.func @huge(%x: tensor<?x1000000xi8>, %out: tensor<?x1000000xi32>) -> tensor<?x1000000xi32> {
  %w = mml.constant #mml.trits<dense<0> : tensor<1000000x1000000xi8>> : tensor<1000000x1000000x!mml.trit>
  %0 = mml.contract bound(128) ins(%x, %w : tensor<?x1000000xi8>, tensor<1000000x1000000x!mml.trit>) outs(%out : tensor<?x1000000xi32>) -> tensor<?x1000000xi32>
  return %0 : tensor<?x1000000xi32>
}
