// Layers of one shape run the same code on weights, scales and biases of their
// own: a model of three answers what the layers answer one behind the other.

// RUN: mml-opt %s --mml-cpu=stop-after=buffer | FileCheck %s
// CHECK-LABEL: func.func @all
// CHECK-COUNT-3: call @[[SHARED:shared[_0-9]*]](
// CHECK:       func.func private @[[SHARED]](

// RUN: mml-opt %s --symbol-privatize=exclude=first --symbol-dce -o %t.first.mlir
// RUN: mml-opt %s --symbol-privatize=exclude=second --symbol-dce -o %t.second.mlir
// RUN: mml-opt %s --symbol-privatize=exclude=third --symbol-dce -o %t.third.mlir
// RUN: not grep second %t.first.mlir
// RUN: mml-runner %t.first.mlir --batch 3 --seed 7 --output %t.1.npy
// RUN: mml-runner %t.second.mlir --input %t.1.npy --output %t.2.npy
// RUN: mml-runner %t.third.mlir --input %t.2.npy --output %t.3.npy
// RUN: mml-runner %s --entry all --batch 3 --seed 7 --expect %t.3.npy --tolerance 0
// RUN: mml-runner %s --entry all --batch 3 --seed 7 --expect %t.3.npy --tolerance 0 --threads 1
// RUN: mml-runner %s --entry all --batch 3 --seed 7 --expect %t.3.npy --tolerance 0 --kernel addsub
// RUN: not mml-runner %s --entry all --batch 3 --seed 8 --expect %t.3.npy --tolerance 0

#absmax = #mml.absmax<i8, range = [-128, 127], epsilon = 1.0e-05, limit = 1.0e+09, per = token>

func.func @first(%x: tensor<?x20xf32>) -> tensor<?x20xf32> {
  %w = mml.constant #mml.trits<dense_resource<w0> : tensor<100xui8>> : tensor<20x20x!mml.trit>
  %s = arith.constant dense<2.0> : tensor<f32>
  %b = arith.constant dense<0.25> : tensor<20xf32>
  %y = mml.dense %x, %w scale(%s divides) norm(1.0e-14) bias(%b) quantizer(#absmax)
       : (tensor<?x20xf32>, tensor<20x20x!mml.trit>, tensor<f32>, tensor<20xf32>) -> tensor<?x20xf32>
  return %y : tensor<?x20xf32>
}

func.func @second(%x: tensor<?x20xf32>) -> tensor<?x20xf32> {
  %w = mml.constant #mml.trits<dense_resource<w1> : tensor<100xui8>> : tensor<20x20x!mml.trit>
  %s = arith.constant dense<3.0> : tensor<f32>
  %b = arith.constant dense<-0.5> : tensor<20xf32>
  %y = mml.dense %x, %w scale(%s divides) norm(1.0e-14) bias(%b) quantizer(#absmax)
       : (tensor<?x20xf32>, tensor<20x20x!mml.trit>, tensor<f32>, tensor<20xf32>) -> tensor<?x20xf32>
  return %y : tensor<?x20xf32>
}

func.func @third(%x: tensor<?x20xf32>) -> tensor<?x20xf32> {
  %w = mml.constant #mml.trits<dense_resource<w2> : tensor<100xui8>> : tensor<20x20x!mml.trit>
  %s = arith.constant dense<5.0> : tensor<f32>
  %b = arith.constant dense<0.125> : tensor<20xf32>
  %y = mml.dense %x, %w scale(%s divides) norm(1.0e-14) bias(%b) quantizer(#absmax)
       : (tensor<?x20xf32>, tensor<20x20x!mml.trit>, tensor<f32>, tensor<20xf32>) -> tensor<?x20xf32>
  return %y : tensor<?x20xf32>
}

func.func @all(%x: tensor<?x20xf32>) -> tensor<?x20xf32> {
  %w0 = mml.constant #mml.trits<dense_resource<w0> : tensor<100xui8>> : tensor<20x20x!mml.trit>
  %s0 = arith.constant dense<2.0> : tensor<f32>
  %b0 = arith.constant dense<0.25> : tensor<20xf32>
  %y0 = mml.dense %x, %w0 scale(%s0 divides) norm(1.0e-14) bias(%b0) quantizer(#absmax)
       : (tensor<?x20xf32>, tensor<20x20x!mml.trit>, tensor<f32>, tensor<20xf32>) -> tensor<?x20xf32>
  %w1 = mml.constant #mml.trits<dense_resource<w1> : tensor<100xui8>> : tensor<20x20x!mml.trit>
  %s1 = arith.constant dense<3.0> : tensor<f32>
  %b1 = arith.constant dense<-0.5> : tensor<20xf32>
  %y1 = mml.dense %y0, %w1 scale(%s1 divides) norm(1.0e-14) bias(%b1) quantizer(#absmax)
       : (tensor<?x20xf32>, tensor<20x20x!mml.trit>, tensor<f32>, tensor<20xf32>) -> tensor<?x20xf32>
  %w2 = mml.constant #mml.trits<dense_resource<w2> : tensor<100xui8>> : tensor<20x20x!mml.trit>
  %s2 = arith.constant dense<5.0> : tensor<f32>
  %b2 = arith.constant dense<0.125> : tensor<20xf32>
  %y2 = mml.dense %y1, %w2 scale(%s2 divides) norm(1.0e-14) bias(%b2) quantizer(#absmax)
       : (tensor<?x20xf32>, tensor<20x20x!mml.trit>, tensor<f32>, tensor<20xf32>) -> tensor<?x20xf32>
  return %y2 : tensor<?x20xf32>
}

{-#
  dialect_resources: { builtin: {
    w0: "0x0100000048a58119999040561808aa855685291429662522029062892880668552a6128a5146051aa66084a42aa1992895514189894a421a26aa0254262a4a4912a45649989026aa6046211498a26610591052a8a66a55aa68201980242159141066689a0a114525",
    w1: "0x01000000691909995a95615248286a25a5002149405929509945424112924050022a88051968816881192811a28049926808864824a182a0a80156a126540169a60508042524865694588629860144984618412161218a14005aa66aa15a1aa42256a92598010890",
    w2: "0x01000000899886104a828a0a0a4940225428a925215a5901882685064124651654468a8616009926501818256185a200504444902a26205568684169898124a844a51211209411190611469961115582618245486582906161a61a110a4618450486a9a646029209"
  } }
#-}
