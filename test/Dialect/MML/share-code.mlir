// RUN: mml-opt %s --mml-share-code=min-operations=4 --split-input-file | FileCheck %s
// RUN: mml-opt %s --mml-share-code=min-operations=100 --split-input-file | FileCheck %s --check-prefix=FEW

// Loops on other buffers, with another scale, are one function. What they have
// in common is in it: the number of iterations, and a constant that is not an
// integer but the same in all.

// CHECK-LABEL: func.func @loops
// CHECK-SAME:    (%[[X:.*]]: memref<8xf32>, %[[Y:.*]]: memref<8xf32>)
// CHECK-DAG:     %[[A:.*]] = arith.constant 2.0
// CHECK-DAG:     %[[B:.*]] = arith.constant 3.0
// CHECK:         call @shared(%[[X]], %[[A]], %[[Y]]) : (memref<8xf32>, f32, memref<8xf32>) -> ()
// CHECK-NEXT:    call @shared(%[[Y]], %[[B]], %[[X]])
// CHECK-NEXT:    return
// CHECK:       func.func private @shared(%[[IN:.*]]: memref<8xf32>, %[[S:.*]]: f32, %[[OUT:.*]]: memref<8xf32>) attributes {no_inline}
// CHECK-DAG:     %[[C8:.*]] = arith.constant 8 : index
// CHECK-DAG:     %[[ONE:.*]] = arith.constant 1.0
// CHECK:         scf.for %{{.*}} = %{{.*}} to %[[C8]]
// CHECK:           mulf %{{.*}}, %[[S]]
// CHECK-NEXT:      addf %{{.*}}, %[[ONE]]

// FEW-NOT: @shared
func.func @loops(%x: memref<8xf32>, %y: memref<8xf32>) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c8 = arith.constant 8 : index
  %two = arith.constant 2.0 : f32
  %three = arith.constant 3.0 : f32
  %one = arith.constant 1.0 : f32
  scf.for %i = %c0 to %c8 step %c1 {
    %a = memref.load %x[%i] : memref<8xf32>
    %b = arith.mulf %a, %two : f32
    %c = arith.addf %b, %one : f32
    memref.store %c, %y[%i] : memref<8xf32>
  }
  scf.for %i = %c0 to %c8 step %c1 {
    %a = memref.load %y[%i] : memref<8xf32>
    %b = arith.mulf %a, %three : f32
    %c = arith.addf %b, %one : f32
    memref.store %c, %x[%i] : memref<8xf32>
  }
  return
}

// -----

// Stay apart: another number of iterations, the same buffer twice where another
// has two, another operation, another attribute, values that change places.

// CHECK-LABEL: func.func @apart
// CHECK-NOT:     @shared
func.func @apart(%x: memref<8xf32>, %y: memref<8xf32>, %s: f32, %t: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c7 = arith.constant 7 : index
  %c8 = arith.constant 8 : index
  scf.for %i = %c0 to %c8 step %c1 {
    %a = memref.load %x[%i] : memref<8xf32>
    %b = arith.subf %a, %s : f32
    %c = arith.subf %b, %t : f32
    memref.store %c, %y[%i] : memref<8xf32>
  }
  scf.for %i = %c0 to %c7 step %c1 {
    %a = memref.load %x[%i] : memref<8xf32>
    %b = arith.subf %a, %s : f32
    %c = arith.subf %b, %t : f32
    memref.store %c, %y[%i] : memref<8xf32>
  }
  scf.for %i = %c0 to %c8 step %c1 {
    %a = memref.load %x[%i] : memref<8xf32>
    %b = arith.subf %a, %s : f32
    %c = arith.subf %b, %t : f32
    memref.store %c, %x[%i] : memref<8xf32>
  }
  scf.for %i = %c0 to %c8 step %c1 {
    %a = memref.load %x[%i] : memref<8xf32>
    %b = arith.subf %a, %s : f32
    %c = arith.addf %b, %t : f32
    memref.store %c, %y[%i] : memref<8xf32>
  }
  scf.for %i = %c0 to %c8 step %c1 {
    %a = memref.load %x[%i] : memref<8xf32>
    %b = arith.subf %a, %s fastmath<nnan> : f32
    %c = arith.subf %b, %t : f32
    memref.store %c, %y[%i] : memref<8xf32>
  }
  scf.for %i = %c0 to %c8 step %c1 {
    %a = memref.load %x[%i] : memref<8xf32>
    %b = arith.subf %s, %a : f32
    %c = arith.subf %b, %t : f32
    memref.store %c, %y[%i] : memref<8xf32>
  }
  return
}

// -----

// What lies between calls is a function too, with results for what is used
// behind it. Constants in it do not matter.

func.func private @kernel(memref<4xf32>)

// CHECK-LABEL: func.func @runs
// CHECK-SAME:    (%[[X:.*]]: memref<4xf32>, %[[S:.*]]: f32)
// CHECK:         call @kernel(%[[X]])
// CHECK:         %[[A:.*]] = call @shared(%[[S]]) : (f32) -> memref<4xf32>
// CHECK-NEXT:    call @kernel(%[[A]])
// CHECK:         %[[B:.*]] = call @shared(%[[S]])
// CHECK-NEXT:    call @kernel(%[[B]])
// CHECK-NEXT:    memref.dealloc %[[A]]
// CHECK-NEXT:    memref.dealloc %[[B]]
// CHECK:       func.func private @shared(%[[T:.*]]: f32) -> memref<4xf32>
// CHECK:         %[[ALLOC:.*]] = memref.alloc()
// CHECK:         memref.store
// CHECK:         memref.store
// CHECK:         return %[[ALLOC]]
func.func @runs(%x: memref<4xf32>, %s: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  func.call @kernel(%x) : (memref<4xf32>) -> ()
  %a = memref.alloc() : memref<4xf32>
  %s1 = arith.addf %s, %s : f32
  memref.store %s1, %a[%c0] : memref<4xf32>
  memref.store %s, %a[%c1] : memref<4xf32>
  func.call @kernel(%a) : (memref<4xf32>) -> ()
  %b = memref.alloc() : memref<4xf32>
  %s2 = arith.addf %s, %s : f32
  memref.store %s2, %b[%c0] : memref<4xf32>
  %one = arith.constant 1 : index
  memref.store %s, %b[%one] : memref<4xf32>
  func.call @kernel(%b) : (memref<4xf32>) -> ()
  memref.dealloc %a : memref<4xf32>
  memref.dealloc %b : memref<4xf32>
  return
}

// -----

// A result of one run is what the next begins with.

func.func private @kernel()

// CHECK-LABEL: func.func @chain
// CHECK-SAME:    (%[[S:.*]]: f32) -> f32
// CHECK:         call @kernel()
// CHECK-NEXT:    %[[A:.*]] = call @shared(%[[S]]) : (f32) -> f32
// CHECK-NEXT:    call @kernel()
// CHECK-NEXT:    %[[B:.*]] = call @shared(%[[A]])
// CHECK-NEXT:    call @kernel()
// CHECK-NEXT:    %[[C:.*]] = call @shared(%[[B]])
// CHECK-NEXT:    return %[[C]]
func.func @chain(%s: f32) -> f32 {
  func.call @kernel() : () -> ()
  %a0 = arith.addf %s, %s : f32
  %a1 = arith.mulf %a0, %s : f32
  %a2 = arith.subf %a1, %a0 : f32
  %a3 = arith.divf %a2, %s : f32
  func.call @kernel() : () -> ()
  %b0 = arith.addf %a3, %a3 : f32
  %b1 = arith.mulf %b0, %a3 : f32
  %b2 = arith.subf %b1, %b0 : f32
  %b3 = arith.divf %b2, %a3 : f32
  func.call @kernel() : () -> ()
  %c0 = arith.addf %b3, %b3 : f32
  %c1 = arith.mulf %c0, %b3 : f32
  %c2 = arith.subf %c1, %c0 : f32
  %c3 = arith.divf %c2, %b3 : f32
  return %c3 : f32
}

// -----

// Memory on the stack would end with the function.

func.func private @use(memref<4xf32>)

// CHECK-LABEL: func.func @stack
// CHECK-COUNT-2: memref.alloca()
// CHECK-NOT:     @shared
func.func @stack(%s: f32) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %a = memref.alloca() : memref<4xf32>
  memref.store %s, %a[%c0] : memref<4xf32>
  memref.store %s, %a[%c1] : memref<4xf32>
  memref.store %s, %a[%c2] : memref<4xf32>
  func.call @use(%a) : (memref<4xf32>) -> ()
  %b = memref.alloca() : memref<4xf32>
  memref.store %s, %b[%c1] : memref<4xf32>
  memref.store %s, %b[%c0] : memref<4xf32>
  memref.store %s, %b[%c2] : memref<4xf32>
  func.call @use(%b) : (memref<4xf32>) -> ()
  return
}
