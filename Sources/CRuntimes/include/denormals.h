// Part of Galley, licensed under the Apache License 2.0. See LICENSE.
//
// What the calling thread's floating-point unit does with denormal numbers.

#ifndef GALLEY_DENORMALS_H
#define GALLEY_DENORMALS_H

#include <stdint.h>

#if defined(__x86_64__)
#include <immintrin.h>
/// Flush to zero, and denormals are zero (MXCSR).
#define GALLEY_DENORMAL_BITS 0x8040u
static inline uint64_t galley_float_control(void) { return _mm_getcsr(); }
static inline void galley_set_float_control(uint64_t control) { _mm_setcsr((unsigned int)control); }
#elif defined(__aarch64__)
/// Flush to zero (FPCR.FZ).
#define GALLEY_DENORMAL_BITS (1u << 24)
static inline uint64_t galley_float_control(void) {
  uint64_t control;
  __asm__ volatile("mrs %0, fpcr" : "=r"(control));
  return control;
}
static inline void galley_set_float_control(uint64_t control) { __asm__ volatile("msr fpcr, %0" : : "r"(control)); }
#else
#define GALLEY_DENORMAL_BITS 0u
static inline uint64_t galley_float_control(void) { return 0; }
static inline void galley_set_float_control(uint64_t control) { (void)control; }
#endif

/// Nonzero if denormal numbers are taken for zero.
static inline uint64_t galley_denormals(void) { return galley_float_control() & GALLEY_DENORMAL_BITS; }

/// Takes denormal numbers for zero, or, with 0 or what `galley_denormals` gave, does as before; all else stays.
static inline void galley_set_denormals(uint64_t bits) {
  galley_set_float_control((galley_float_control() & ~(uint64_t)GALLEY_DENORMAL_BITS) | (bits & GALLEY_DENORMAL_BITS));
}

#endif
