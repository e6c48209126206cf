// Contiguous runs through SLEEF's AVX2 and AVX-512 functions, n at least 1:
//   void NAME(T *out, const T *x, int64_t n)
//   void NAME(T *out, const T *a, const T *b, int64_t n)
//
// In assembly because clang takes the calling convention of wide vectors from the whole file's
// instruction set, not from a function's target attribute: in C these calls would pass memory.
#if defined(__x86_64__)

// rbx: out, r12: first input, r14: second input, r13: elements left. SLEEF keeps these registers.
.macro ENTER name
  .text
  .globl \name
  .hidden \name
  .type \name, @function
  .p2align 4
\name:
  .cfi_startproc
  push %rbx
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %rbx, 0
  push %r12
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %r12, 0
  push %r13
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %r13, 0
  push %r14
  .cfi_adjust_cfa_offset 8
  .cfi_rel_offset %r14, 0
  sub $8, %rsp
  .cfi_adjust_cfa_offset 8
  mov %rdi, %rbx
  mov %rsi, %r12
  mov %rdx, %r13
  mov %rdx, %r14
.endm

.macro LEAVE name
  vzeroupper
  add $8, %rsp
  .cfi_adjust_cfa_offset -8
  pop %r14
  .cfi_adjust_cfa_offset -8
  .cfi_restore %r14
  pop %r13
  .cfi_adjust_cfa_offset -8
  .cfi_restore %r13
  pop %r12
  .cfi_adjust_cfa_offset -8
  .cfi_restore %r12
  pop %rbx
  .cfi_adjust_cfa_offset -8
  .cfi_restore %rbx
  ret
  .cfi_endproc
  .size \name, . - \name
.endm

// Whole vectors, then the rest under a mask; falls through when all is done.
//   lanes, size: of one element; v0, v1: registers; binary: whether there is a second input
.macro LOOP function, lanes, size, v0, v1, binary, instruction_set
1:
  cmp $\lanes, %r13
  jl 2f
  vmovups (%r12), \v0
  .if \binary
  vmovups (%r14), \v1
  add $(\lanes * \size), %r14
  .endif
  add $(\lanes * \size), %r12
  call \function@PLT
  vmovups \v0, (%rbx)
  add $(\lanes * \size), %rbx
  sub $\lanes, %r13
  jmp 1b
2:
  test %r13, %r13
  jz 3f
  MASK_\instruction_set\()_\size
  LOAD_\instruction_set\()_\size %r12, \v0
  .if \binary
  LOAD_\instruction_set\()_\size %r14, \v1
  .endif
  call \function@PLT
  MASK_\instruction_set\()_\size
  STORE_\instruction_set\()_\size \v0
3:
.endm

// The lowest r13 bits.
.macro MASK_avx512_4
  mov %r13d, %ecx
  mov $1, %eax
  shl %cl, %eax
  dec %eax
  kmovw %eax, %k1
.endm
.macro MASK_avx512_8
  MASK_avx512_4
.endm
.macro LOAD_avx512_4 from, register
  vmovups (\from), \register{%k1}{z}
.endm
.macro LOAD_avx512_8 from, register
  vmovupd (\from), \register{%k1}{z}
.endm
.macro STORE_avx512_4 register
  vmovups \register, (%rbx){%k1}
.endm
.macro STORE_avx512_8 register
  vmovupd \register, (%rbx){%k1}
.endm

// The first r13 lanes: 32 bytes of the table, from where so many ones are left.
.macro MASK_TABLE lanes, size
  mov $\lanes, %eax
  sub %r13d, %eax
  lea mask_table(%rip), %rcx
  vmovups (%rcx, %rax, \size), %ymm2
.endm
.macro MASK_avx2_4
  MASK_TABLE 8, 4
.endm
.macro MASK_avx2_8
  MASK_TABLE 4, 8
.endm
.macro LOAD_avx2_4 from, register
  vmaskmovps (\from), %ymm2, \register
.endm
.macro LOAD_avx2_8 from, register
  vmaskmovpd (\from), %ymm2, \register
.endm
.macro STORE_avx2_4 register
  vmaskmovps \register, %ymm2, (%rbx)
.endm
.macro STORE_avx2_8 register
  vmaskmovpd \register, %ymm2, (%rbx)
.endm

  .section .rodata
  .p2align 5
mask_table:
  .fill 8, 4, 0xffffffff
  .fill 8, 4, 0

.macro UNARY name, function, lanes, size, v0, instruction_set
  ENTER \name
  LOOP \function, \lanes, \size, \v0, none, 0, \instruction_set
  LEAVE \name
.endm

.macro BINARY name, function, lanes, size, v0, v1, instruction_set
  ENTER \name
  mov %rcx, %r13
  LOOP \function, \lanes, \size, \v0, \v1, 1, \instruction_set
  LEAVE \name
.endm

.macro FUNCTION name, bound=u10
  UNARY agk_avx2_\name\()_f32, Sleef_finz_\name\()f8_\bound\()avx2, 8, 4, %ymm0, avx2
  UNARY agk_avx2_\name\()_f64, Sleef_finz_\name\()d4_\bound\()avx2, 4, 8, %ymm0, avx2
  UNARY agk_avx512_\name\()_f32, Sleef_finz_\name\()f16_\bound\()avx512f, 16, 4, %zmm0, avx512
  UNARY agk_avx512_\name\()_f64, Sleef_finz_\name\()d8_\bound\()avx512f, 8, 8, %zmm0, avx512
.endm

.macro FUNCTION2 name, bound=u10
  BINARY agk_avx2_\name\()_f32, Sleef_finz_\name\()f8_\bound\()avx2, 8, 4, %ymm0, %ymm1, avx2
  BINARY agk_avx2_\name\()_f64, Sleef_finz_\name\()d4_\bound\()avx2, 4, 8, %ymm0, %ymm1, avx2
  BINARY agk_avx512_\name\()_f32, Sleef_finz_\name\()f16_\bound\()avx512f, 16, 4, %zmm0, %zmm1, avx512
  BINARY agk_avx512_\name\()_f64, Sleef_finz_\name\()d8_\bound\()avx512f, 8, 8, %zmm0, %zmm1, avx512
.endm

  FUNCTION exp
  FUNCTION log
  FUNCTION sin
  FUNCTION cos
  FUNCTION atan
  UNARY agk_avx2_erf_f64, Sleef_finz_erfd4_u10avx2, 4, 8, %ymm0, avx2
  UNARY agk_avx512_erf_f64, Sleef_finz_erfd8_u10avx512f, 8, 8, %zmm0, avx512
  FUNCTION exp2
  FUNCTION expm1
  FUNCTION log2
  FUNCTION log10
  FUNCTION log1p
  FUNCTION tan
  FUNCTION asin
  FUNCTION acos
  FUNCTION sinh
  FUNCTION cosh
  FUNCTION atanh
  FUNCTION lgamma
  UNARY agk_avx2_erfc_f64, Sleef_finz_erfcd4_u15avx2, 4, 8, %ymm0, avx2
  UNARY agk_avx512_erfc_f64, Sleef_finz_erfcd8_u15avx512f, 8, 8, %zmm0, avx512
  UNARY agk_avx2_asinh_f32, Sleef_finz_asinhf8_u10avx2, 8, 4, %ymm0, avx2
  UNARY agk_avx512_asinh_f32, Sleef_finz_asinhf16_u10avx512f, 16, 4, %zmm0, avx512
  UNARY agk_avx2_acosh_f32, Sleef_finz_acoshf8_u10avx2, 8, 4, %ymm0, avx2
  UNARY agk_avx512_acosh_f32, Sleef_finz_acoshf16_u10avx512f, 16, 4, %zmm0, avx512
  UNARY agk_avx2_tanh_f64, Sleef_finz_tanhd4_u10avx2, 4, 8, %ymm0, avx2
  UNARY agk_avx512_tanh_f64, Sleef_finz_tanhd8_u10avx512f, 8, 8, %zmm0, avx512
  FUNCTION2 pow
  FUNCTION2 atan2
  FUNCTION2 hypot, u05
  BINARY agk_avx2_fmod_f32, Sleef_finz_fmodf8_avx2, 8, 4, %ymm0, %ymm1, avx2
  BINARY agk_avx2_fmod_f64, Sleef_finz_fmodd4_avx2, 4, 8, %ymm0, %ymm1, avx2
  BINARY agk_avx512_fmod_f32, Sleef_finz_fmodf16_avx512f, 16, 4, %zmm0, %zmm1, avx512
  BINARY agk_avx512_fmod_f64, Sleef_finz_fmodd8_avx512f, 8, 8, %zmm0, %zmm1, avx512
#endif
#if defined(__linux__)
  .section .note.GNU-stack, "", @progbits
#endif
