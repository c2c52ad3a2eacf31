// RUN: mml-runner %s --batch 4 --threads 2 2>&1 | FileCheck %s --check-prefix=FITS
// RUN: bash -c 'mml-runner %s --batch 400 --threads 3 2>&1; echo code $?' | FileCheck %s
// RUN: bash -c 'mml-runner %s --batch 400 --threads 1 2>&1; echo code $?' | FileCheck %s

// What fails in a parallel loop is an error as any other.

// FITS: output0: f32 [4]
// CHECK: mml-runner: error: {{.*}}parallel-errors.mlir: expected at most 100 rows
// CHECK-NEXT: code 1
func.func @main(%x: tensor<?xf32>) -> tensor<?xf32> {
  %c0 = arith.constant 0 : index
  %c100 = arith.constant 100 : index
  %n = tensor.dim %x, %c0 : tensor<?xf32>
  %e = tensor.empty(%n) : tensor<?xf32>
  %y = scf.forall (%i) in (%n) shared_outs(%o = %e) -> tensor<?xf32> {
    %fits = arith.cmpi ult, %i, %c100 : index
    cf.assert %fits, "expected at most 100 rows"
    %v = tensor.extract_slice %x[%i] [1] [1] : tensor<?xf32> to tensor<1xf32>
    scf.forall.in_parallel {
      tensor.parallel_insert_slice %v into %o[%i] [1] [1] : tensor<1xf32> into tensor<?xf32>
    }
  }
  return %y : tensor<?xf32>
}
