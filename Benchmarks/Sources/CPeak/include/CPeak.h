// How fast one core multiplies and adds: no product of matrices can be faster.
#pragma once

// 10^9 float32 operations a second, in registers, with the widest fused multiply-add of this
// processor; an addition and a multiplication count as two. float64 has half of it.
double peak_gflops(void);
