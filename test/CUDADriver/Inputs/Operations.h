//===- Operations.h - What host and device are to agree in ------*- C++ -*-===//
//
// Part of the MML project, under the Apache License v2.0 with LLVM Exceptions.
// See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Plain C, compiled for the host and for the device. All that is computed goes
// into a hash, so that a difference anywhere is one in the result.
//
//===----------------------------------------------------------------------===//

#ifndef OPERATIONS_H
#define OPERATIONS_H

typedef signed char Int8;
typedef unsigned char UInt8;
typedef short Int16;
typedef unsigned short UInt16;
typedef int Int32;
typedef unsigned UInt32;
typedef long Int64;
typedef unsigned long UInt64;
typedef unsigned __int128 UInt128;
typedef Int8 Bytes8 __attribute__((ext_vector_type(8)));
typedef Int16 Shorts4 __attribute__((ext_vector_type(4)));
typedef Int16 Shorts2 __attribute__((ext_vector_type(2)));

typedef struct {
  UInt32 a, b, c;
  UInt64 x, y;
} Integers;

typedef struct {
  float a, b, c;
  double x, y;
  UInt32 n;
} Floats;

static inline UInt32 mix(UInt32 hash, UInt64 value) {
  hash = (hash ^ (UInt32)value) * 0x9e3779b1u;
  hash ^= (UInt32)(value >> 32) + (hash >> 15);
  return hash * 0x85ebca77u;
}

#define USE(VALUE) hash = mix(hash, (UInt64)(VALUE))

static UInt32 doArithmetic(Integers v) {
  UInt32 hash = 1;
  Int32 a = (Int32)v.a, b = (Int32)v.b;
  USE(v.a + v.b);
  USE(v.a * v.b - v.c);
  USE((UInt64)v.a * v.b);
  USE((Int64)a * b + (Int64)v.x);
  USE(((UInt64)v.a * v.b) >> 32);
  USE((Int32)(((Int64)a * b) >> 32));
  USE((Int64)(((UInt128)v.x * v.y) >> 64));
  UInt32 divisor = v.b | 1;
  Int32 signedDivisor = (b & 0xffff) - 70000;
  USE(v.a / divisor);
  USE(v.a % divisor);
  USE(a / signedDivisor);
  USE(a % signedDivisor);
  USE(v.x / (v.y | 1));
  USE(v.x % (v.y | 1));
  USE(v.x / 7);
  USE(v.a / 10);
  USE(a % 13);
  UInt128 wide = (UInt128)v.x * v.a + v.y;
  wide += ((UInt128)v.b << 64) | v.c;
  wide -= v.x;
  USE(wide >> 64);
  USE((wide << (v.c & 127)) >> 64);
  Int32 sum;
  USE(__builtin_add_overflow(a, b, &sum));
  USE(sum);
  UInt32 product;
  USE(__builtin_mul_overflow(v.a, v.b, &product));
  USE(product);
  USE(__builtin_elementwise_add_sat(a, b));
  USE(__builtin_elementwise_sub_sat(v.a, v.b));
  USE(__builtin_elementwise_add_sat((Int16)a, (Int16)b));
  USE((Int8)v.a * (Int8)(v.b >> 8));
  USE((UInt16)(v.a * v.c));
  return hash;
}

static UInt32 doBits(Integers v) {
  UInt32 hash = 2;
  Int32 a = (Int32)v.a;
  USE(v.a << (v.b & 31));
  USE(v.a >> (v.b & 31));
  USE(a >> (v.b & 31));
  USE(v.x << (v.b & 63));
  USE((Int64)v.x >> (v.b & 63));
  USE(__builtin_popcount(v.a));
  USE(__builtin_popcountl(v.x));
  USE(v.a ? __builtin_clz(v.a) : 0);
  USE(v.a ? __builtin_ctz(v.a) : 0);
  USE(v.x ? __builtin_clzl(v.x) : 0);
  USE(__builtin_bitreverse32(v.a));
  USE(__builtin_bswap64(v.x));
  USE(__builtin_rotateleft32(v.a, v.b));
  USE(__builtin_rotateright32(v.a, 7));
  USE(__builtin_rotateleft64(v.x, v.b));
  USE(__builtin_elementwise_fshl(v.a, v.b, v.c));
  USE((v.a & v.b) | v.c);
  USE((v.a & v.b) ^ ~v.c);
  USE((v.a & 0xff00ff) | (v.b & 0xff00ff00));
  USE((v.a >> 5) & 0x7f);
  USE((Int32)(v.a << 10) >> 20);
  USE((Int8)v.a);
  USE((Int16)v.x);
  return hash;
}

static UInt32 doComparisons(Integers v) {
  UInt32 hash = 3;
  Int32 a = (Int32)v.a, b = (Int32)v.b;
  USE(a < b ? a : b);
  USE(v.a > v.b ? v.a : v.b);
  USE((Int64)v.x < (Int64)v.y ? v.x : v.y);
  USE((Int16)a < (Int16)b ? (Int16)a : (Int16)b);
  USE((UInt16)a > (UInt16)b ? (UInt16)a : (UInt16)b);
  USE(v.a == v.b);
  USE(a <= b);
  USE((Int64)v.x >= (Int64)v.y);
  USE((v.a > v.b) ^ (a > b));
  USE(((v.a > v.b) && (v.x > v.y)) || (v.c & 1));
  return hash;
}

static UInt32 doVectors(Integers v) {
  UInt32 hash = 4;
  union {
    UInt64 bits;
    Bytes8 bytes;
    Shorts4 shorts;
  } x = {v.x}, y = {v.y};
  x.bytes = x.bytes * y.bytes + x.bytes;
  USE(x.bits);
  x.shorts = __builtin_elementwise_max(x.shorts - y.shorts, y.shorts);
  USE(x.bits);
  union {
    UInt32 bits;
    Shorts2 shorts;
  } a = {v.a}, b = {v.b}, c = {v.c};
  a.shorts = __builtin_elementwise_min(a.shorts + b.shorts, c.shorts);
  USE(a.bits);
  a.shorts *= b.shorts;
  USE(a.bits);
  return hash;
}

/// Threads part in loops, in a switch, and by where they write.
static UInt32 doControl(Integers v) {
  UInt32 hash = 5;
  UInt32 array[8] = {v.a, v.b, v.c, v.a ^ v.b, v.b ^ v.c, v.a + v.c, 7, 9};
  array[(v.a >> 3) & 7] += v.b;
  for (UInt32 i = 0; i < (v.c & 15); ++i) {
    array[(i * v.b) & 7] ^= array[(i + v.a) & 7] * 3;
    if (array[i & 7] & 16)
      continue;
    hash = mix(hash, array[(hash >> 5) & 7]);
    if ((hash & 0x3f) == 7)
      break;
  }
  switch (v.c & 15) {
  case 0:
    hash += v.a;
    break;
  case 1:
    hash ^= v.b;
    break;
  case 2:
    hash *= 3;
    break;
  case 3:
    hash -= v.c;
    break;
  case 4:
    hash /= 3;
    break;
  case 9:
    for (UInt32 i = 0; i < (v.a & 7); ++i)
      hash = hash * 31 + i;
    break;
  default:
    hash ^= 0x55;
  }
  for (UInt32 i = 0; i < 8; ++i)
    USE(array[i]);
  return hash;
}

/// Bits of a float; all NaNs are one.
static UInt64 toBits(double value) {
  union {
    double value;
    UInt64 bits;
  } both = {value};
  return value != value ? 1 : both.bits;
}

#define USE_FLOAT(VALUE) USE(toBits((double)(float)(VALUE)))
#define USE_DOUBLE(VALUE) USE(toBits(VALUE))
#define USE_HALF(VALUE) USE(toBits((double)(_Float16)(VALUE)))

static UInt32 doFloats(Floats v) {
  UInt32 hash = 6;
  float a = v.a, b = v.b, c = v.c;
  USE_FLOAT(a + b);
  USE_FLOAT(a - b);
  USE_FLOAT(a * b);
  USE_FLOAT(a / b);
  USE_FLOAT(__builtin_fmaf(a, b, c));
  USE_FLOAT(__builtin_sqrtf(a));
  USE_FLOAT(__builtin_fabsf(a));
  USE_FLOAT(-a);
  USE_FLOAT(__builtin_copysignf(a, b));
  // A sum with 0 has one zero.
  USE_FLOAT(__builtin_fminf(a, b) + 0.0f);
  USE_FLOAT(__builtin_fmaxf(a, b) + 0.0f);
  USE_FLOAT(__builtin_floorf(a));
  USE_FLOAT(__builtin_ceilf(a));
  USE_FLOAT(__builtin_truncf(a));
  USE_FLOAT(__builtin_rintf(a));
  USE_FLOAT(__builtin_roundf(a));
  USE(a < b);
  USE(a <= b);
  USE(a == b);
  USE(a != b);
  USE(!(a < b));
  USE(__builtin_isnan(a));
  USE(__builtin_isinf(a));
  USE(__builtin_isunordered(a, b));
  USE_DOUBLE(v.x + v.y);
  USE_DOUBLE(v.x * v.y);
  USE_DOUBLE(v.x / v.y);
  USE_DOUBLE(__builtin_fma(v.x, v.y, v.x));
  USE_DOUBLE(__builtin_sqrt(v.x));
  USE_DOUBLE(__builtin_floor(v.x));
  USE(v.x < v.y);
  float sum = 0;
  for (UInt32 i = 0; i < (v.n & 15); ++i) {
    sum += a * (float)i;
    if (sum > b)
      sum *= 0.5f;
  }
  USE_FLOAT(sum);
  return hash;
}

static UInt32 doConversions(Floats v) {
  UInt32 hash = 7;
  USE_DOUBLE((double)v.a);
  USE_FLOAT(v.x);
  USE_DOUBLE((double)(Int32)v.n);
  USE_FLOAT((float)v.n);
  USE_FLOAT((float)(Int32)v.n);
  USE_FLOAT((float)((UInt64)v.n * v.n));
  // In range of what it becomes; outside, C does not say.
  float a = v.a == v.a ? v.a : 0;
  a = __builtin_fmaxf(__builtin_fminf(a, 1e6f), -1e6f);
  USE((Int32)a);
  USE((UInt8)(Int32)a);
  USE((Int64)a);
  USE((Int8)(Int32)__builtin_rintf(a));
  a = __builtin_fabsf(a);
  USE((UInt32)a);
  USE((UInt64)a);
  _Float16 half = (_Float16)v.a, other = (_Float16)v.b;
  USE_HALF(half);
  USE_HALF(half + other);
  USE_HALF(half * other);
  USE_HALF(-half);
  USE(half < other);
  USE_HALF((Int32)(v.n & 1023));
  return hash;
}

static UInt32 doAllIntegers(Integers v) {
  UInt32 hash = doArithmetic(v);
  USE(doBits(v));
  USE(doComparisons(v));
  USE(doVectors(v));
  USE(doControl(v));
  return hash;
}

static UInt32 doAllFloats(Floats v) {
  UInt32 hash = doFloats(v);
  USE(doConversions(v));
  return hash;
}

#endif // OPERATIONS_H
