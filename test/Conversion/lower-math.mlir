// RUN: mml-opt %s --split-input-file --mml-lower-math | FileCheck %s

// Functions of f32 become arithmetic; nothing is called.
//
// CHECK-LABEL: module {
// CHECK-NOT: func.func private
// CHECK-LABEL: func.func @vectors(
// CHECK-NOT: {{call|math\.(erf|exp|log|tanh)|fma|vector\.}}
// CHECK: return
func.func @vectors(%x: vector<8xf32>) -> vector<8xf32> {
  %0 = math.exp %x : vector<8xf32>
  %1 = math.expm1 %0 : vector<8xf32>
  %2 = math.log1p %1 : vector<8xf32>
  %3 = math.log %2 : vector<8xf32>
  %4 = math.tanh %3 : vector<8xf32>
  %5 = math.erf %4 : vector<8xf32>
  %6 = math.erfc %5 : vector<8xf32>
  return %6 : vector<8xf32>
}

// -----

// CHECK-LABEL: func.func @exp_of_vectors(
// CHECK-SAME: %[[X:.*]]: vector<2x4xf32>
// CHECK: arith.bitcast {{.*}} : vector<2x4xf32> to vector<2x4xi32>
// CHECK-NOT: {{call|math|vector\.}}
// CHECK: return
func.func @exp_of_vectors(%x: vector<2x4xf32>) -> vector<2x4xf32> {
  %0 = math.exp %x : vector<2x4xf32>
  return %0 : vector<2x4xf32>
}

// -----

// The steps of exp: bounds, n = round(x * log2(e)), x - n * ln(2) in two parts,
// a polynomial, and 2^n in two factors.
//
// CHECK-LABEL: func.func @exp_of_a_scalar(
// CHECK-SAME: %[[X:.*]]: f32
// CHECK: %[[HIGH:.*]] = arith.constant 8.900000e+01 : f32
// CHECK: %[[IS_ABOVE:.*]] = arith.cmpf olt, %[[HIGH]], %[[X]]
// CHECK: %[[ABOVE:.*]] = arith.select %[[IS_ABOVE]], %[[HIGH]], %[[X]]
// CHECK: %[[LOW:.*]] = arith.constant -1.050000e+02 : f32
// CHECK: %[[IS_BELOW:.*]] = arith.cmpf olt, %[[ABOVE]], %[[LOW]]
// CHECK: %[[BOUNDED:.*]] = arith.select %[[IS_BELOW]], %[[LOW]], %[[ABOVE]]
// CHECK: %[[LOG2E:.*]] = arith.constant 1.44269502 : f32
// CHECK: %[[QUOTIENT:.*]] = arith.mulf %[[BOUNDED]], %[[LOG2E]]
// CHECK: arith.addf %[[QUOTIENT]], %{{.*}}
// CHECK: arith.constant 0.693115234 : f32
// CHECK: arith.constant 3.19461833E-5 : f32
// CHECK: %[[N:.*]] = arith.subi
// CHECK: arith.constant 1.97634145E-4 : f32
// CHECK: %[[HALF:.*]] = arith.shrsi %[[N]]
// CHECK: arith.shli
// CHECK: arith.subi %[[N]], %[[HALF]]
// CHECK: arith.shli
// CHECK: %[[RESULT:.*]] = arith.mulf
// CHECK: return %[[RESULT]]
func.func @exp_of_a_scalar(%x: f32) -> f32 {
  %0 = math.exp %x : f32
  return %0 : f32
}

// -----

// Narrow floats are computed in f32.
//
// CHECK-LABEL: func.func @narrow(
// CHECK-SAME: %[[X:.*]]: vector<4xf16>, %[[Y:.*]]: bf16
// CHECK: arith.extf %[[X]] : vector<4xf16> to vector<4xf32>
// CHECK: %[[F16:.*]] = arith.truncf {{.*}} : vector<4xf32> to vector<4xf16>
// CHECK: arith.extf %[[Y]] : bf16 to f32
// CHECK: %[[BF16:.*]] = arith.truncf {{.*}} : f32 to bf16
// CHECK: return %[[F16]], %[[BF16]]
func.func @narrow(%x: vector<4xf16>, %y: bf16) -> (vector<4xf16>, bf16) {
  %0 = math.tanh %x : vector<4xf16>
  %1 = math.erfc %y : bf16
  return %0, %1 : vector<4xf16>, bf16
}

// -----

// What is an instruction stays.
//
// CHECK-LABEL: func.func @instructions(
// CHECK: math.sqrt
// CHECK: math.rsqrt
// CHECK: math.absf
// CHECK: math.floor
// CHECK: math.copysign
// CHECK: math.fma
// CHECK: math.roundeven
// CHECK: return
func.func @instructions(%x: vector<8xf32>, %y: f64) -> (vector<8xf32>, f64) {
  %0 = math.sqrt %x : vector<8xf32>
  %1 = math.rsqrt %0 : vector<8xf32>
  %2 = math.absf %1 : vector<8xf32>
  %3 = math.floor %2 : vector<8xf32>
  %4 = math.copysign %3, %x : vector<8xf32>
  %5 = math.fma %4, %x, %x : vector<8xf32>
  %6 = math.roundeven %y : f64
  return %5, %6 : vector<8xf32>, f64
}

// -----

// Doubles and other functions are calls of libm.
//
// CHECK-LABEL: module {
// CHECK-DAG: func.func private @exp(f64) -> f64
// CHECK-DAG: func.func private @sinf(f32) -> f32
// CHECK-DAG: func.func private @powf(f32, f32) -> f32
// CHECK-LABEL: func.func @calls(
// CHECK-COUNT-2: call @exp(
// CHECK: call @sinf(
// CHECK: call @powf(
func.func @calls(%x: vector<2xf64>, %y: f32) -> (vector<2xf64>, f32) {
  %0 = math.exp %x : vector<2xf64>
  %1 = math.sin %y : f32
  %2 = math.powf %1, %y : f32
  return %0, %2 : vector<2xf64>, f32
}

// -----

// Tensors are for other passes.
//
// CHECK-LABEL: func.func @tensors(
// CHECK: math.exp %{{.*}} : tensor<4xf32>
func.func @tensors(%x: tensor<4xf32>) -> tensor<4xf32> {
  %0 = math.exp %x : tensor<4xf32>
  return %0 : tensor<4xf32>
}
