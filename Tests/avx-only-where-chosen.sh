#!/usr/bin/env bash
# Fails where C code that any CPU runs has an instruction of AVX or later: the names of all of them,
# and of few others, begin with v. Only the loops for AVX2 and AVX-512, and functions whose name ends
# in _fma, are reached by way of a test of the CPU.
#
# Usage: avx-only-where-chosen.sh .build/debug
set -euo pipefail
[ "$(uname -m)" = x86_64 ] || exit 0
checked=0
for source in Sources/CKernels/*.c Sources/CThreadState/*.c; do
  case $(basename "$source") in avx2.c | avx512.c) continue ;; esac
  object=$1/$(basename "$(dirname "$source")").build/$(basename "$source").o
  checked=$((checked + 1))
  objdump --disassemble --no-show-raw-insn "$object" | awk -v object="$object" '
    /^[0-9a-f]+ <.*>:$/ { function_name = $2 }
    $1 ~ /^[0-9a-f]+:$/ && $2 ~ /^v/ && function_name !~ /_fma>:$/ {
      print object " " function_name " " $2; failed = 1
    }
    END { exit failed }'
done
[ "$checked" -ge 10 ] || { echo "only $checked sources here: is this the package's folder?" >&2; exit 1; }
