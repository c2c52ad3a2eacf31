// RUN: mml-opt %s --mml-lower-math=call-libm=false | FileCheck %s

// Without a library, what has no expansion stays.

// CHECK-NOT: func.func private
// CHECK-LABEL: func.func @functions(
// CHECK-NOT: math.exp
// CHECK: math.sin %{{.*}} : f32
// CHECK: math.exp %{{.*}} : f64
func.func @functions(%x: f32, %y: f64) -> (f32, f32, f64) {
  %0 = math.exp %x : f32
  %1 = math.sin %x : f32
  %2 = math.exp %y : f64
  return %0, %1, %2 : f32, f32, f64
}
